package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc/<pid>/stat: USER_HZ is 100 on every Linux.
const tick = 10 * time.Millisecond

// stat is what proc(5) says of a process.
type stat struct {
	parent   int
	own      time.Duration // user and system time
	children time.Duration // of children that ended and were waited for
}

func statOf(pid int) (stat, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return stat{}, err
	}
	_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')'):]), " ")
	fields := strings.Fields(rest) // from the third one on: the name before may hold spaces
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	var numbers [15]int64
	for _, i := range []int{1, 11, 12, 13, 14} {
		numbers[i], err = strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return stat{}, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
	}
	return stat{
		parent:   int(numbers[1]),
		own:      time.Duration(numbers[11]+numbers[12]) * tick,
		children: time.Duration(numbers[13]+numbers[14]) * tick,
	}, nil
}

// cpuOf is the processor time of a process so far, 0 where there is no /proc.
func cpuOf(pid int) time.Duration {
	s, err := statOf(pid)
	if err != nil {
		return 0
	}
	return s.own
}

// cpuOfFamily is the processor time of a process and of all its children, ended ones included.
func cpuOfFamily(pid int) time.Duration {
	s, err := statOf(pid)
	if err != nil {
		return 0
	}
	sum := s.own + s.children
	others, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0 // the pattern is well formed
	}
	for _, dir := range others {
		other, _ := strconv.Atoi(filepath.Base(dir))
		child, err := statOf(other) // one that has ended meanwhile is among the children of pid
		if err == nil && child.parent == pid {
			sum += child.own + child.children
		}
	}
	return sum
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration { return cpuOf(os.Getpid()) }
