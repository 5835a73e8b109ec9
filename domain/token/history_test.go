package token_test

import (
	"testing"

	"writ/domain/event/eventtest"
	"writ/domain/token"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, token.Catalogue, "testdata/history")
	eventtest.History(t, token.RevocationCatalogue, "testdata/history")
}
