package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// CLI runs a command of the program with the server's settings and returns its standard output.
// An error holds what the command said on standard error.
func (s *Server) CLI(args ...string) (stdout []byte, err error) {
	return s.CLIWith("", args...)
}

// CLIWith is CLI with something on standard input.
func (s *Server) CLIWith(stdin string, args ...string) (stdout []byte, err error) {
	s.tb.Helper()
	var said bytes.Buffer
	command := s.command(args...)
	command.Stdin, command.Stderr = strings.NewReader(stdin), &said
	stdout, err = command.Output()
	if err != nil {
		return stdout, fmt.Errorf("writ %s: %w: %s", strings.Join(args, " "), err, said.Bytes())
	}
	return stdout, nil
}

// Ask runs a command with --json, reads its answer into answer, and fails the test when that does
// not work. A nil answer is not read.
func (s *Server) Ask(answer any, args ...string) { s.tb.Helper(); s.AskWith("", answer, args...) }

// AskWith is Ask with something on standard input.
func (s *Server) AskWith(stdin string, answer any, args ...string) {
	s.tb.Helper()
	out, err := s.CLIWith(stdin, append(args, "--json")...)
	if err == nil && answer != nil {
		err = json.Unmarshal(out, answer)
	}
	if err != nil {
		s.tb.Fatalf("writ %s: %v", strings.Join(args, " "), err)
	}
}

// Begin starts a command that runs beside the test. It is ended with the test at the latest.
func (s *Server) Begin(stdout, stderr io.Writer, args ...string) *exec.Cmd {
	s.tb.Helper()
	command := s.command(args...)
	command.Stdout, command.Stderr = stdout, stderr
	if err := command.Start(); err != nil {
		s.tb.Fatalf("start writ %s: %v", strings.Join(args, " "), err)
	}
	return command
}

// command ends with the test's context.
func (s *Server) command(args ...string) *exec.Cmd {
	s.tb.Helper()
	command := exec.CommandContext(s.tb.Context(), Binary(s.tb), args...)
	command.Env, command.Dir = environment(s.settings), s.Dir
	return command
}

// Environment is that of the server's commands, for programs that run them.
func (s *Server) Environment() []string { return environment(s.settings) }
