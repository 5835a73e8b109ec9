package authorization_test

import (
	"testing"

	"writ/domain/authorization"
	"writ/domain/event/eventtest"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, authorization.Catalogue, "testdata/history")
}
