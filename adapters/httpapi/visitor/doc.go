// Package visitor knows who sits in front of a browser, by the session cookie, and makes sure that
// a form which comes back was sent out to the same browser.
//
// It owns the cookies: their names, attributes and lives; and the tokens against cross-site request
// forgery. It does not own what a session is, or who may sign in: that is application/signin.
package visitor
