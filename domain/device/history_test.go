package device_test

import (
	"testing"

	"writ/domain/device"
	"writ/domain/event/eventtest"
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, "testdata/history", device.Catalogue)
}
