package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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

// machineCPU is the processor time that everything on this machine has used, 0 where there is no
// /proc.
func machineCPU() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	var sum int64
	for i, field := range strings.Fields(line) {
		n, err := strconv.ParseInt(field, 10, 64)
		if err == nil && !idle(i) {
			sum += n
		}
	}
	return time.Duration(sum) * tick
}

// idle reports whether a column of the cpu line of proc_stat(5) is no use of the processors: the
// idle and waiting ones, and those of guests, which are in the user's already.
func idle(column int) bool { return column == 4 || column == 5 || column > 8 }

// usage is processor time so far.
type usage struct{ server, database, own, machine time.Duration }

// usageOf is the usage of servers, of their database and of this process.
func usageOf(servers, database func() time.Duration) usage {
	return usage{servers(), database(), ownCPU(), machineCPU()}
}

// since is what was used after before.
func (u usage) since(before usage) usage {
	return usage{u.server - before.server, u.database - before.database, u.own - before.own, u.machine - before.machine}
}

// others is the share of the processors that other processes used in a time, from 0 to 1.
func (u usage) others(d time.Duration) float64 {
	used := u.machine - u.server - u.database - u.own
	return max(0, used.Seconds()/(d.Seconds()*float64(runtime.NumCPU())))
}
