package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"writ/ports/portstest/req"
)

func TestPeopleTakeBackWhatTheyAllowed(t *testing.T) {
	req.Covers(t, "R-009", "R-085")
	w := newWorld(t)
	b := w.signedIn("alice")
	id := w.client(webClient("https://photos.example.net/back"))
	first, second := w.grant(b.account, id), w.grant(b.account, id)

	page := b.get("/account/applications")

	list := text(b.find(page, "applications"))
	if strings.Count(list, "Remove Photo Album?") != 2 || !strings.Contains(list, "e-mail") {
		t.Errorf("the list reads %s", list)
	}
	got := b.post("/account/applications/revoke", b.form(page, "revoke-"+first))
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/account/applications" {
		t.Errorf("got %d to %q", got.Code, got.Header().Get("Location"))
	}
	page = b.get("/account/applications")
	if element(t, page, "revoke-"+first) != nil || element(t, page, "revoke-"+second) == nil {
		t.Error("not exactly the one grant is gone")
	}
}

func TestNobodyRevokesForAnother(t *testing.T) {
	w := newWorld(t)
	alice, mallory := w.signedIn("alice"), w.signedIn("mallory")
	id := w.client(webClient("https://photos.example.net/back"))
	hers, his := w.grant(alice.account, id), w.grant(mallory.account, id)
	form := mallory.form(mallory.get("/account/applications"), "revoke-"+his)

	form.Set("grant", hers)
	if got := mallory.post("/account/applications/revoke", form); got.Code != http.StatusForbidden {
		t.Errorf("with the token of another grant: got %d, want 403", got.Code)
	}
	alice.find(alice.get("/account/applications"), "revoke-"+hers)
}

func TestLongListsHavePages(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("alice")
	id := w.client(webClient("https://photos.example.net/back"))
	oldest := w.grant(b.account, id)
	for range 50 {
		w.grant(b.account, id)
	}

	first, second := b.get("/account/applications"), b.get("/account/applications?page=2")

	if attr(b.find(first, "page-next"), "href") != "/account/applications?page=2" || element(t, first, "page-previous") != nil {
		t.Error("the first page does not lead on")
	}
	b.find(second, "page-previous")
	b.find(second, "revoke-"+oldest)
	for _, odd := range []string{"0", "-1", "x", "99999999999999999999", "9223372036854775807"} {
		if got := b.get("/account/applications?page=" + odd); got.Code != http.StatusOK {
			t.Errorf("page %s: got %d", odd, got.Code)
		}
	}
}
