package authorization_test

import (
	"testing"

	"writ/domain/authorization"
	"writ/domain/event/eventtest"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, "testdata/history", authorization.Catalogue)
}
