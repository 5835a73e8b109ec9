package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Report is everything that a run found. Sections that were not asked for are absent.
type Report struct {
	Version    string        `json:"version"`
	Began      time.Time     `json:"began"`
	Machine    Machine       `json:"machine"`
	RoundCount int           `json:"rounds"`
	Cell       time.Duration `json:"cell_ns"`
	Scope      string        `json:"scope"`
	Table      *Table        `json:"table,omitempty"`
	Relay      *Relay        `json:"relay,omitempty"`
	Memory     *Memory       `json:"memory,omitempty"`
	Pool       *Pool         `json:"pool,omitempty"`
	Replicas   *Replicas     `json:"replicas,omitempty"`
	Overload   *Overload     `json:"overload,omitempty"`
	Pages      *Pages        `json:"pages,omitempty"`
	Catchup    *Catchup      `json:"catchup,omitempty"`
	Latency    *Latency      `json:"latency,omitempty"`
	Revocation *Revocation   `json:"revocation,omitempty"`
	Compared   *Compared     `json:"compared,omitempty"`
	Large      *Large        `json:"large,omitempty"`
}

// Machine is where a run took place.
type Machine struct {
	CPUs   int    `json:"cpus"`
	System string `json:"system"`
	Go     string `json:"go"`
}

func newReport(o Options) *Report {
	return &Report{
		Version: o.Version, Began: time.Now().UTC(), RoundCount: o.Rounds, Cell: o.Cell, Scope: o.Scope,
		Machine: Machine{CPUs: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()},
	}
}

// keep writes the report to a file that is named after the version.
func (r *Report) keep(dir string) error {
	err := os.MkdirAll(dir, 0o750)
	if err != nil {
		return fmt.Errorf("keep the results: %w", err)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(r.Version, "/", "-")+".json"), append(text, '\n'), 0o600)
	if err != nil {
		return fmt.Errorf("keep the results: %w", err)
	}
	return nil
}

// printHead says what was measured where.
func (r *Report) printHead(out io.Writer) error {
	p := &printer{out: out}
	p.say("writ %s, %d CPUs, %s, %s; the load comes from the same machine", r.Version, r.Machine.CPUs, r.Machine.System, r.Machine.Go)
	p.say("%d rounds of %s a cell; ranges are the least, the middle and the most of the rounds, other numbers the middle", r.RoundCount, r.Cell)
	p.say("scope of people's tokens: %s", r.Scope)
	return p.err
}
