// Package phonenumber plays ports.PhoneNumbers with the numbering plans of libphonenumber.
//
// It owns which numbers are worth a text message. It does not own who may be sent one, or how often.
package phonenumber
