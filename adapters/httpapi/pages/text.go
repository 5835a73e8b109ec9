package pages

import "fmt"

// catalogue holds every text of the pages in one language, by a name. What is filled in stands as
// %s or %d.
type catalogue map[string]string

// text gives a text with its parts filled in. A name that is not in the catalogue is a mistake in a
// template, which the template's execution reports.
func (c catalogue) text(name string, parts ...any) (string, error) {
	text, found := c[name]
	if !found {
		return "", fmt.Errorf("no text is called %q", name)
	}
	if len(parts) == 0 {
		return text, nil
	}
	return fmt.Sprintf(text, parts...), nil
}

// say is text for names that are written in Go.
func (c catalogue) say(name string, parts ...any) string { return fmt.Sprintf(c[name], parts...) }

var english = catalogue{
	"lang": "en",

	"layout.signed_in": "Signed in as",
	"layout.sign_out":  "Sign out",

	"home.welcome":      "You are signed in.",
	"home.guest":        "Sign in to see which applications may use your account, or to connect a device.",
	"home.sign_in":      "Sign in",
	"home.applications": "Applications that you allowed",
	"home.device":       "Connect a device",

	"login.title":    "Sign in",
	"login.handle":   "Handle",
	"login.password": "Password",
	"login.submit":   "Sign in",
	"login.wrong":    "The handle or the password is wrong. Check both and try again.",
	"login.already":  "You are signed in as %s already. You can go on, or sign in with another account.",
	"login.go_on":    "Go on",

	"consent.title":    "%s asks for access to your account",
	"consent.lead":     "Allow this only if you know the application and came here from it.",
	"consent.client":   "Application",
	"consent.id":       "Its id",
	"consent.host":     "You will be sent to",
	"consent.account":  "Your account",
	"consent.resource": "To be used at",
	"consent.until":    "Decide before",
	"consent.local": "The answer goes to a program on this computer, and any program on it can claim to be this application. " +
		"Go on only if you started it yourself, just now.",
	"consent.private": "The answer goes to an app on this device, and another app could claim to be this one. " +
		"Go on only if you started it yourself, just now.",
	"consent.approve": "Allow",
	"consent.deny":    "Do not allow",
	"consent.after":   "You can take this back at any time under “Applications that you allowed”.",

	"gives.title":    "What it will be able to do",
	"gives.nothing":  "It asks for no permission beyond knowing that you agreed.",
	"gives.inherits": "This application gets all permissions of your account, as they are now:",
	"gives.declined": "It also asked for what your account or its registration does not allow, and will not get it:",
	"gives.careful":  "Look twice",

	"device.title":    "Connect a device",
	"device.lead":     "Enter the code that your device shows.",
	"device.code":     "Code",
	"device.hint":     "Eight letters and digits, such as WDJB-MJHT. Upper or lower case does not matter.",
	"device.continue": "Continue",
	"device.wrong":    "This code is unknown, expired or used. Compare it with what your device shows, or start again on the device.",

	"confirm.title": "Is this the code on your device?",
	"confirm.lead":  "%s asks for access to your account.",
	"confirm.warning": "Go on only if you started this on your own device, just now, and it shows this very code. " +
		"If somebody sent you the code, do not allow it: they would get access to your account.",
	"confirm.approve": "Allow",
	"confirm.deny":    "Do not allow",

	"approved.title": "Your device is connected",
	"approved.text":  "Go back to your device; it goes on by itself in a moment. You can close this page.",
	"denied.title":   "The device was not connected",
	"denied.text":    "It has no access to your account. You can close this page.",

	"applications.title":    "Applications that you allowed",
	"applications.lead":     "Each of these may use your account until you remove it. An application that is removed can work for some minutes more.",
	"applications.none":     "No application may use your account.",
	"applications.opened":   "Allowed",
	"applications.used":     "Last used",
	"applications.unused":   "not since then",
	"applications.expires":  "Ends by itself",
	"applications.scope":    "What it may do",
	"applications.remove":   "Remove",
	"applications.previous": "Newer",
	"applications.next":     "Older",
	"applications.pages":    "More applications",

	"problem.detail": "For the application's developer:",
	"problem.home":   "Go to the first page",

	"problem.missing.title":    "There is nothing here",
	"problem.missing.text":     "The address may be mistyped, or the page is gone. Check the address, or begin at the first page.",
	"problem.malformed.title":  "This form could not be read",
	"problem.malformed.text":   "Go back, reload the page and send the form again.",
	"problem.forged.title":     "This page was out of date",
	"problem.forged.text":      "Nothing was changed. Go back, reload the page and try again. Your browser has to accept cookies from this site.",
	"problem.decided.title":    "This request has ended",
	"problem.decided.text":     "It was decided already, it waited for too long, or it was begun in another browser. Go back to the application and start again from there.",
	"problem.client.title":     "This application is not known here",
	"problem.client.text":      "Nothing was sent to it. Go back to the application; if it happens again, tell whoever runs it.",
	"problem.redirect.title":   "This application sent a wrong address",
	"problem.redirect.text":    "It asked for you to be sent to an address that is not registered for it, so you stay here. Tell whoever runs the application.",
	"problem.permission.title": "Your account may not do this",
	"problem.permission.text":  "It does not have the permission to let applications act for it. Ask whoever runs this site for it.",
	"problem.grant.title":      "There is no such application in your list",
	"problem.grant.text":       "It may have been removed already. Go back to your applications and reload the page.",
	"problem.refused.title":    "The request is not in order",
	"problem.refused.text":     "Go back to the application and start again from there. If it happens again, tell whoever runs the application.",
	"problem.limit.title":      "Too many tries",
	"problem.limit.seconds":    "Wait %d seconds, and then try again.",
	"problem.limit.minutes":    "Wait %d minutes, and then try again.",
	"problem.outage.title":     "This does not work right now",
	"problem.outage.text":      "Nothing is wrong with what you sent, and nothing was lost. Wait a few seconds and reload the page.",

	"scope.openid":         "Know who you are on this site",
	"scope.profile":        "See your handle and your name",
	"scope.email":          "See your e-mail address, and keep it",
	"scope.phone":          "See your phone number, and keep it",
	"scope.address":        "See your postal address, and keep it",
	"scope.offline_access": "Keep this access for a long time, also while you are away, until you remove it",

	"scope.CREATE_POST":                 "Publish posts in your name",
	"scope.READ_PUBLISHED_THREADS":      "Read published threads",
	"scope.CREATE_REACTION":             "React to posts in your name",
	"scope.MANAGE_POSTS":                "Change and delete everybody's posts",
	"scope.MANAGE_CATEGORIES":           "Create, change and delete categories",
	"scope.CREATE_INVITATION":           "Invite people in your name",
	"scope.READ_PUBLISHED_LIBRARY":      "Read the published library",
	"scope.MANAGE_LIBRARY":              "Change and delete everything in the library",
	"scope.SUBMIT_LIBRARY_NODE":         "Suggest new pages for the library in your name",
	"scope.SUBMIT_LIBRARY_NODE_CHANGES": "Suggest changes to the library in your name",
	"scope.UPLOAD_ASSET":                "Upload files in your name",
	"scope.MANAGE_EVENTS":               "Create, change and delete events",
	"scope.LIST_PROFILES":               "List the members",
	"scope.READ_PROFILE":                "Read members' profiles",
	"scope.CREATE_COLLECTION":           "Create collections in your name",
	"scope.LIST_COLLECTIONS":            "List collections",
	"scope.READ_COLLECTION":             "Read collections",
	"scope.MANAGE_COLLECTIONS":          "Change and delete everybody's collections",
	"scope.COLLECTION_SUBMIT":           "Add to collections in your name",
	"scope.USE_PERSONAL_ACCESS_KEYS":    "Create and use your personal access keys",
	"scope.USE_OAUTH_CLIENTS":           "Let other applications use your account",
	"scope.MANAGE_SETTINGS":             "Change the settings of this site",
	"scope.MANAGE_ACCOUNTS":             "Change everybody's accounts",
	"scope.MANAGE_WARNINGS":             "Warn members",
	"scope.MANAGE_SUSPENSIONS":          "Suspend members",
	"scope.MANAGE_ROLES":                "Change what members are allowed to do",
	"scope.MANAGE_REPORTS":              "Work on reports",
	"scope.VIEW_ACCOUNTS":               "See the details of everybody's accounts",
	"scope.VIEW_MODERATION_NOTES":       "Read moderators' notes",
	"scope.MANAGE_MODERATION_NOTES":     "Write and delete moderators' notes",
	"scope.USE_ROBOTS":                  "Use robots",
	"scope.MANAGE_ROBOTS":               "Create, change and delete robots",
	"scope.MANAGE_TRAILS":               "Create, change and delete trails",
	"scope.ADMINISTRATOR":               "Do everything on this site, as an administrator",
}
