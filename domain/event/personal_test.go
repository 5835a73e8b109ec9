package event_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"writ/domain/event"
	"writ/ports/portstest/req"
)

func TestPersonalDataDoesNotPrint(t *testing.T) {
	req.Covers(t, "R-261")
	const datum event.Personal = "odin@example.org"
	inside := struct{ Email event.Personal }{datum}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "datum", datum)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "datum", datum)
	for _, printed := range []string{
		fmt.Sprint(datum), fmt.Sprintf("%s %v %+v %#v", datum, datum, datum, datum),
		fmt.Sprintf("%v %+v %#v", inside, inside, inside), log.String(),
	} {
		if strings.Contains(printed, "odin") {
			t.Errorf("printed %s", printed)
		}
	}
	if datum.Reveal() != "odin@example.org" {
		t.Error("Reveal does not give the datum")
	}
}

func TestPersonalDataHasAStoredForm(t *testing.T) {
	stored, err := json.Marshal(event.Personal("odin"))
	if err != nil || string(stored) != `"odin"` {
		t.Errorf("stored as %s, %v", stored, err)
	}
}
