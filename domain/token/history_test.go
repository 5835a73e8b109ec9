package token_test

import (
	"testing"

	"writ/domain/event/eventtest"
	"writ/domain/token"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, "testdata/history", token.Catalogue, token.RevocationCatalogue)
}
