package pages

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
)

// homePage shows where one can go from here.
type homePage struct{ Ways []way }

func (p *Pages) home(c *gin.Context) {
	who, err := p.gate.Recognise(c)
	if err != nil && !isNobody(err) {
		p.Failure(c, err)
		return
	}
	l, title, page := p.spoken(c), p.name, homePage{}
	if who.Account != "" {
		title = l.say("home.welcome", plain(cmp.Or(who.Profile.Profile.Name.Reveal(), called(who))))
		page.Ways = l.ways(who)
	}
	p.show(c, http.StatusOK, "home", title, who, page)
}

// ways are the pages of one's own account.
func (s spoken) ways(who signin.Recognised) []way {
	all := []way{
		{ID: "home-applications", Path: applicationsPath, Icon: "apps", Text: s.say("applications.title"), Hint: s.say("home.applications_hint")},
		{ID: "home-device", Path: devicePath, Icon: "screen", Text: s.say("device.title"), Hint: s.say("home.device_hint")},
		{ID: "home-profile", Path: profilePath, Icon: "person", Text: s.say("profile.title"), Hint: s.say("home.profile_hint")},
		{ID: "home-addresses", Path: addressesPath, Icon: "mail", Text: s.say("addresses.title"), Hint: s.say("home.addresses_hint")},
		{ID: "home-security", Path: securityPath, Icon: "shield", Text: s.say("security.title"), Hint: s.say("home.security_hint")},
		{ID: "home-sessions", Path: sessionsPath, Icon: "clock", Text: s.say("sessions.title"), Hint: s.say("home.sessions_hint")},
		{ID: "home-keys", Path: accessKeysPath, Icon: "key", Text: s.say("keys.title"), Hint: s.say("home.keys_hint")},
		{ID: "home-data", Path: dataPath, Icon: "down", Text: s.say("data.title"), Hint: s.say("home.data_hint")},
	}
	if !mayUseKeys(who) {
		all = slices.DeleteFunc(all, func(w way) bool { return w.Path == accessKeysPath })
	}
	return all
}
