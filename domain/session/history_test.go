package session_test

import (
	"testing"

	"writ/domain/event/eventtest"
	"writ/domain/session"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, "testdata/history", session.Catalogue)
}
