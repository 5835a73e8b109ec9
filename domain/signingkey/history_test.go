package signingkey_test

import (
	"testing"

	"writ/domain/event/eventtest"
	"writ/domain/signingkey"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, "testdata/history", signingkey.Catalogue)
}
