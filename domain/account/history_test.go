package account_test

import (
	"testing"

	"writ/domain/account"
	"writ/domain/event/eventtest"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, "testdata/history", account.Catalogue)
}
