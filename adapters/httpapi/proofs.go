package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
)

// ProofUseCases are what people do with codes and links that are sent to them.
type ProofUseCases struct {
	PhoneStart    *signin.PhoneStart
	PhoneFinish   *signin.PhoneFinish
	EmailStart    *signin.EmailStart
	EmailFinish   *signin.EmailFinish
	SignUp        *signin.SignUp
	SignUpFinish  *signin.SignUpFinish
	ResetStart    *signin.ResetStart
	ResetFinish   *signin.ResetFinish
	ContactStart  *signin.ContactStart
	ContactFinish *signin.ContactFinish
	Contacts      *maintain.Contacts
}

// proofEndpoints are those of codes and links that are sent to people.
type proofEndpoints struct {
	phone  phoneEndpoint
	email  emailEndpoint
	signUp signUpEndpoint
	reset  resetEndpoint
	emails contactEndpoint
	phones contactEndpoint
}

func newProofEndpoints(uc ProofUseCases, g Gate, w refusals) proofEndpoints {
	return proofEndpoints{
		phone:  phoneEndpoint{uc.PhoneStart, uc.PhoneFinish, g, w},
		email:  emailEndpoint{uc.EmailStart, uc.EmailFinish, g, w},
		signUp: signUpEndpoint{uc.SignUp, uc.SignUpFinish, g, w},
		reset:  resetEndpoint{uc.ResetStart, uc.ResetFinish, g, w},
		emails: contactEndpoint{member{browsers{g}, w}, account.Email, uc.ContactStart, uc.ContactFinish, uc.Contacts},
		phones: contactEndpoint{member{browsers{g}, w}, account.Phone, uc.ContactStart, uc.ContactFinish, uc.Contacts},
	}
}

// proofProblems are what people are told who do not get through. Their codes are stable.
var proofProblems = map[*oauth.Error]*problem{
	signin.ErrCode:           {http.StatusForbidden, "invalid_code", "The code is wrong or no longer works.", "Check it, or ask for a new one."},
	signin.ErrNotOffered:     {http.StatusNotFound, "not_offered", "This server does not offer that.", "Use another way."},
	signin.ErrSignUpClosed:   {http.StatusForbidden, "sign_up_closed", "No account uses this, and new accounts are not taken here.", "Ask whoever runs this server for an account."},
	signin.ErrOtherHandle:    {http.StatusForbidden, "other_handle", "This phone number belongs to another handle.", "Sign in with the handle of your account."},
	signin.ErrHandleTaken:    {http.StatusConflict, "handle_taken", "This handle is taken.", "Choose another one."},
	signin.ErrHandleNeeded:   {http.StatusConflict, "handle_needed", "No account uses this address yet.", "Choose a handle for a new account and send it along with the same code."},
	signin.ErrContactTaken:   {http.StatusConflict, "address_taken", "Another account uses this address.", "Sign in to that account, or use another address."},
	signin.ErrEmailNeeded:    {http.StatusBadRequest, "email_needed", "An e-mail address is needed.", "Give one that you can read now."},
	account.ErrNotServed:     {http.StatusForbidden, "account_suspended", "This account may not be used.", "Ask whoever runs this server."},
	account.ErrHandle:        {http.StatusBadRequest, "invalid_handle", "A handle has 1 to 30 of a-z, 0-9, - and _, and begins with a letter or a digit.", "Choose another one."},
	account.ErrName:          {http.StatusBadRequest, "invalid_name", "A name has at most 100 characters that can be seen.", "Shorten it."},
	account.ErrEmail:         {http.StatusBadRequest, "invalid_email", "This is not an e-mail address.", "Check it."},
	account.ErrPhone:         {http.StatusBadRequest, "invalid_phone_number", "This is not a phone number that takes text messages.", "Write it with its country code, such as +49 151 23456789."},
	account.ErrPasswordShort: {http.StatusBadRequest, "password_too_short", "A password has at least 8 characters.", "Choose a longer one; several words are good."},
	account.ErrPasswordLong:  {http.StatusBadRequest, "password_too_long", "A password has at most 1024 bytes.", "Choose a shorter one."},
	account.ErrPasswordFrequent: {
		http.StatusBadRequest, "password_common", "Many people have this password, so it is easily guessed.", "Choose another one; several words are good.",
	},
	account.ErrPasswordOwn:  {http.StatusBadRequest, "password_own", "This password is your own name or address, so it is easily guessed.", "Choose another one; several words are good."},
	account.ErrContacts:     {http.StatusConflict, "too_many", "You have as many addresses as one can have.", "Remove one that you do not use any more."},
	account.ErrNoContact:    {http.StatusNotFound, "not_found", "You have no such address.", "Load the list again."},
	account.ErrNotProven:    {http.StatusConflict, "not_verified", "This address is not verified yet.", "Verify it first."},
	maintain.ErrLastContact: {http.StatusConflict, "last_way", "Without this address you could not sign in any more.", "Set a password or add another address first."},
	session.ErrStale:        {http.StatusForbidden, "sign_in_again", "You signed in a while ago.", "Sign in again, then try once more."},
}

// asProof is what is told of a refusal about proofs; any other error stays what it is.
func asProof(err error) error {
	var refusal *oauth.Error
	if errors.As(err, &refusal) && proofProblems[refusal] != nil {
		return proofProblems[refusal]
	}
	return err
}

// posed is what whoever began a proof is told: its id, and nothing about anybody.
type posed struct {
	ID string `json:"id"`
}

func posedOf(p signin.Posed) posed { return posed{ID: p.ID.Reveal()} }

// browserOf is what is known of the browser that signs in.
func browserOf(c *gin.Context) signin.Visit {
	return signin.Visit{UserAgent: strings.ToValidUTF8(c.Request.UserAgent(), ""), Source: c.ClientIP()}
}

// maxLanguages is how many of the languages in a header are looked at.
const maxLanguages = 20

// languagesOf are the languages that somebody prefers, the best first (RFC 9110 §12.5.4).
func languagesOf(c *gin.Context) []string {
	type preference struct {
		tag     string
		quality float64
	}
	var all []preference
	for part := range strings.SplitSeq(c.GetHeader("Accept-Language"), ",") {
		tag, parameter, weighed := strings.Cut(strings.TrimSpace(part), ";")
		p := preference{strings.TrimSpace(tag), 1}
		if weighed {
			p.quality, _ = strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(parameter), "q="), 64)
		}
		if p.tag != "" && p.quality > 0 && len(all) < maxLanguages {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b preference) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		default:
			return 0
		}
	})
	tags := make([]string, len(all))
	for i, p := range all {
		tags[i] = p.tag
	}
	return tags
}
