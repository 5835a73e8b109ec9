package follow

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// kinds are the events that are listened to, and what each does to the view.
var kinds = map[string]func(*View, event){
	"grant-revoked": func(v *View, e event) {
		v.set(about{aGrant, e.Subject}, mark{why: "its grant was revoked"}, e.Time)
	},
	"account-suspended": func(v *View, e event) {
		v.set(about{anAccount, e.Subject}, mark{why: "its account was suspended", issued: e.Time}, e.Time)
	},
	"account-reinstated": func(v *View, e event) { v.lift(about{anAccount, e.Subject}) },
	"account-deleted": func(v *View, e event) {
		v.set(about{anAccount, e.Subject}, mark{why: "its account was deleted"}, e.Time)
	},
	"client-deleted": func(v *View, e event) {
		v.set(about{aClient, e.Data.Client}, mark{why: "its client was deleted", issued: e.Time}, e.Time)
	},
	"token-revoked": func(v *View, e event) {
		v.set(about{aToken, e.Subject}, mark{why: "it was revoked itself"}, e.Time)
	},
	"signing-key-forgotten": func(v *View, e event) {
		v.set(about{aKey, e.Subject}, mark{why: "the key that signed it was taken back"}, e.Time)
	},
	"permissions-changed": func(v *View, e event) {
		if v.options.Permissions == Narrow {
			v.set(about{permissionsOf, e.Subject}, mark{issued: e.Time, allowed: *e.Data.Permissions}, e.Time)
		}
	},
}

// event is what is read of a CloudEvent. Members that come with later revisions are passed over.
type event struct {
	Source  string    `json:"source"`
	Subject string    `json:"subject"` // the id of what it happened to
	Time    time.Time `json:"time"`
	Data    struct {
		Client      string    `json:"client_id"`
		Permissions *[]string `json:"permissions"`
	} `json:"data"`
}

const subjectPrefix = "writ.events."

// subjects are those of the events that are listened to.
func subjects() []string {
	var all []string
	for kind := range kinds {
		all = append(all, subjectPrefix+kind+".*.*")
	}
	return all
}

// learn takes a message into the view. An error means that it could not be understood.
func (v *View) learn(subject string, body []byte) error {
	kind, _, _ := strings.Cut(strings.TrimPrefix(subject, subjectPrefix), ".")
	apply, known := kinds[kind]
	if !known {
		return fmt.Errorf("nobody asked for %s", subject)
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("read a message of %s: %w", subject, err)
	}
	switch {
	case e.Source != v.options.Issuer:
		return nil
	case e.Subject == "", e.Time.IsZero(),
		kind == "client-deleted" && e.Data.Client == "",
		kind == "permissions-changed" && e.Data.Permissions == nil:
		return errors.New("read a message of " + subject + ": something is missing in it")
	}
	apply(v, e)
	return nil
}
