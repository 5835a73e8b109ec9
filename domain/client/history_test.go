package client_test

import (
	"testing"

	"writ/domain/client"
	"writ/domain/event/eventtest"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, "testdata/history", client.Catalogue)
}
