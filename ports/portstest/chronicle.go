package portstest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"writ/domain/account"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// Recorder is a chronicle with the ledger that it tells of.
type Recorder struct {
	ports.Ledger
	ports.Chronicle
}

// Chronicle is the contract of ports.Chronicle. Each case gets a fresh one from open.
func Chronicle(t *testing.T, open func(t *testing.T) Recorder) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, r Recorder)
	}{
		{"the facts of an account and of what belongs to it are told, oldest first", tellsAll},
		{"what is about others is not told", tellsNoOthers},
		{"personal data is shown", showsPersonal},
		{"secrets, and digests of any, are left out", hidesSecrets},
		{"of an unknown account there is nothing to tell", tellsNothing},
		{"an erased account has nothing of the person left to tell", tellsErased},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

const (
	recordedSecret = "a hash of what nobody may know"
	recordedDigest = oauth.Digest("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")
)

// recorded lets a person do this and that, and somebody else, too.
func recorded(t *testing.T, r Recorder) (own string) {
	t.Helper()
	own = stream("account").ID
	for _, id := range []string{own, stream("account").ID} {
		a, s := account.Named(oauth.AccountID(id)), session.Unstarted(stream("session").ID)
		record(t, r, func() error {
			s.Start(session.Started{Account: oauth.AccountID(id), Token: recordedDigest, UserAgent: "browser of " + event.Personal(id[:5])}, noon)
			return a.Open(account.Opening{
				Profile: account.Profile{Handle: event.Personal("h" + id[:19]), Name: "Person of " + event.Personal(id)}, Password: recordedSecret, At: noon,
			})
		}, a, s)
		g, d := grant.Named(stream("grant").ID), device.Unrequested(stream("device").ID)
		record(t, r, func() error {
			d.Request(device.Requested{Client: "app", Scope: "openid", Code: recordedDigest, UserCode: recordedSecret + id, Until: noon.Add(1e9)}, noon)
			return g.Open(grant.Opening{Client: "app", Account: oauth.AccountID(id), Scope: "openid", At: noon})
		}, g, d)
		claimed := device.Named(d.ID())
		record(t, r, func() error { return claimed.Claim(oauth.AccountID(id), noon) }, claimed)
	}
	return own
}

func record(t *testing.T, r Recorder, decide func() error, about ...event.Aggregate) {
	t.Helper()
	err := r.Decide(t.Context(), decide, about...)
	if err != nil {
		t.Fatal(err)
	}
}

func told(t *testing.T, r Recorder, id string) []ports.Record {
	t.Helper()
	records, err := r.About(t.Context(), oauth.AccountID(id))
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func tellsAll(t *testing.T, r Recorder) {
	own := recorded(t, r)
	var names []string
	records := told(t, r, own)
	for _, f := range records {
		names = append(names, f.Stream.Kind+"."+f.Name)
		if !f.At.Equal(noon) || f.Says == nil {
			t.Errorf("a record lacks something: %+v", f)
		}
	}
	if !slices.IsSortedFunc(records, func(a, b ports.Record) int { return int(a.Position - b.Position) }) {
		t.Errorf("the order is %v", names)
	}
	slices.Sort(names)
	want := []string{
		"account.opened", "account.password_changed", "account.profile_changed", "device.claimed", "device.requested", "grant.opened", "session.started",
	}
	same(t, "records", names, want)
}

func tellsNoOthers(t *testing.T, r Recorder) {
	own := recorded(t, r)
	for _, f := range told(t, r, own) {
		if id, is := f.Says["account"].(string); is && id != own {
			t.Errorf("it tells of %s", id)
		}
	}
}

func showsPersonal(t *testing.T, r Recorder) {
	own := recorded(t, r)
	if all := fmt.Sprint(told(t, r, own)); !strings.Contains(all, "Person of "+own) || !strings.Contains(all, "browser of "+own[:5]) {
		t.Errorf("told: %s", all)
	}
}

func hidesSecrets(t *testing.T, r Recorder) {
	own := recorded(t, r)
	if all := fmt.Sprint(told(t, r, own)); strings.Contains(all, recordedSecret) || strings.Contains(all, string(recordedDigest)) {
		t.Errorf("told: %s", all)
	}
}

func tellsNothing(t *testing.T, r Recorder) {
	recorded(t, r)
	if all := told(t, r, "nobody"); len(all) != 0 {
		t.Errorf("told: %v", all)
	}
}

func tellsErased(t *testing.T, r Recorder) {
	own := recorded(t, r)
	a := account.Named(oauth.AccountID(own))
	record(t, r, func() error { return a.Delete(noon) }, a)
	if all := fmt.Sprint(told(t, r, own)); strings.Contains(all, "Person of") || strings.Contains(all, "browser of") {
		t.Errorf("told: %s", all)
	}
}
