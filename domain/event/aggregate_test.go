package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/domain/event"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestARootKnowsWhetherItExists(t *testing.T) {
	root := event.Existing("walk", "w1")
	if root.Exists() || root.IsUnborn() || root.ID() != "w1" || root.Stream().String() != "walk/w1" {
		t.Errorf("a fresh root is %+v", root)
	}
	root.Record(stopped{}, noon)
	if !root.Exists() || root.Version() != 0 {
		t.Error("what was recorded does not count, or moved the version that was read")
	}
	if diff := cmp.Diff([]event.Recorded{{Event: stopped{}, At: noon}}, root.Recorded()); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestFindingARootForgetsWhatWasRecorded(t *testing.T) {
	root := event.Existing("walk", "")
	root.CausedBy("message-1")
	root.Record(stopped{}, noon)
	root.Found(event.Stream{Kind: "walk", ID: "w2"}, 4)
	if len(root.Recorded()) != 0 || root.Version() != 4 || root.ID() != "w2" || !root.Exists() {
		t.Errorf("found as %+v", root)
	}
	if root.Cause() != "message-1" {
		t.Errorf("the cause is %q after a fresh look, want it kept", root.Cause())
	}
}

func TestAnUnbornRootSaysSo(t *testing.T) {
	root := event.Unborn("walk", "w3")
	if !root.IsUnborn() || root.Exists() {
		t.Errorf("an unborn root is %+v", root)
	}
}

func TestARowLinksToItsAccountAndItsClient(t *testing.T) {
	i := event.Index{Account: "a1", Client: "c1"}
	if i.Links("account") != "a1" || i.Links("client") != "c1" || i.Links("grant") != "" {
		t.Errorf("links to %q, %q and %q", i.Links("account"), i.Links("client"), i.Links("grant"))
	}
}
