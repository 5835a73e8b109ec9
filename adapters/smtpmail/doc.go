// Package smtpmail plays ports.Mail by handing letters to a mail server over SMTP (RFC 5321), with
// TLS unless the server is on this machine.
//
// It owns the connection and the letter's form. It does not own what is said, or retries: the person
// asks again.
package smtpmail
