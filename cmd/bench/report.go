package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Report is everything that a run found.
type Report struct {
	Version    string        `json:"version"`
	Began      time.Time     `json:"began"`
	Machine    Machine       `json:"machine"`
	RoundCount int           `json:"rounds"`
	Cell       time.Duration `json:"cell_ns"`
	Scope      string        `json:"scope"`
	Signature  Costs         `json:"signature"`
	Bare       []*Readings   `json:"bare_handler"`
	Rows       []*Costs      `json:"row_of_a_batch"`
	Commits    []*Costs      `json:"lone_commit"`
	Cells      []*Readings   `json:"cells"`
}

// Machine is where a run took place.
type Machine struct {
	CPUs   int    `json:"cpus"`
	System string `json:"system"`
	Go     string `json:"go"`
}

func newReport(o Options) *Report {
	return &Report{Version: o.Version, Began: time.Now().UTC(), RoundCount: o.Rounds, Cell: o.Cell, Scope: o.Scope}
}

// cell finds the readings of a cell, new ones at its first round.
func (r *Report) cell(store, trade string, connections int) *Readings {
	return readingsIn(&r.Cells, Readings{Store: store, Trade: trade, Connections: connections})
}

// handler finds the readings of the bare handler.
func (r *Report) handler(connections int) *Readings {
	return readingsIn(&r.Bare, Readings{Connections: connections})
}

func readingsIn(all *[]*Readings, like Readings) *Readings {
	for _, found := range *all {
		if found.Store == like.Store && found.Trade == like.Trade && found.Connections == like.Connections {
			return found
		}
	}
	*all = append(*all, &like)
	return &like
}

// row finds the costs of one row of a batch in a store.
func (r *Report) row(store string) *Costs { return costsIn(&r.Rows, store) }

// commit finds the costs of a commit of one row in a store.
func (r *Report) commit(store string) *Costs { return costsIn(&r.Commits, store) }

func costsIn(all *[]*Costs, store string) *Costs {
	for _, found := range *all {
		if found.Store == store {
			return found
		}
	}
	found := &Costs{Store: store}
	*all = append(*all, found)
	return found
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
