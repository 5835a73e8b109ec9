package grant_test

import (
	"testing"

	"writ/domain/event/eventtest"
	"writ/domain/grant"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, "testdata/history", grant.Catalogue)
}
