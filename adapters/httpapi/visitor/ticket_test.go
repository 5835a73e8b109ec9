package visitor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/ports/portstest/req"
)

func TestATicketComesBackOnce(t *testing.T) {
	req.Covers(t, "R-084")
	p := newPlace(t)
	c, got := p.visit()
	p.gate.Entrust(c, "abc1", "sealed", 10*time.Minute)
	want := cookieName + "_ticket_abc1=sealed; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"
	if diff := cmp.Diff([]string{want}, got.Header().Values("Set-Cookie")); diff != "" {
		t.Errorf("the cookie (-want +got):\n%s", diff)
	}
	back, again := p.visit(cookieName + "_ticket_abc1=sealed")
	if ticket := p.gate.Recall(back, "abc1"); ticket != "sealed" {
		t.Errorf("recalled %q", ticket)
	}
	if diff := cmp.Diff([]string{cookieName + "_ticket_abc1=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"}, again.Header().Values("Set-Cookie")); diff != "" {
		t.Errorf("the cookie afterwards (-want +got):\n%s", diff)
	}
	for _, id := range []string{"", "abc2", "ABC1", "abc1;", "../abc1"} {
		if ticket := p.gate.Recall(back, id); ticket != "" {
			t.Errorf("%q recalled %q", id, ticket)
		}
	}
}

func TestTheOldestOfTooManyTicketsAreTakenBack(t *testing.T) {
	p := newPlace(t)
	var kept []string
	for _, id := range []string{"e5", "a1", "d4", "b2", "c3", "f6", "X"} {
		kept = append(kept, cookieName+"_ticket_"+id+"=sealed")
	}
	c, got := p.visit(kept...)
	p.gate.Entrust(c, "g7", "sealed", time.Minute)
	var names []string
	for _, cookie := range got.Header().Values("Set-Cookie") {
		name, _, _ := strings.Cut(strings.TrimPrefix(cookie, cookieName+"_ticket_"), ";")
		names = append(names, name)
	}
	if diff := cmp.Diff([]string{"a1=", "b2=", "g7=sealed"}, names); diff != "" {
		t.Errorf("cookies (-want +got):\n%s", diff)
	}
}
