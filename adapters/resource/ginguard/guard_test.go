package ginguard_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"writ/adapters/resource"
	"writ/adapters/resource/ginguard"
	"writ/adapters/resource/resourcetest"
)

const ourselves = "https://api.example.org"

// guarded is a service behind the guard, and what it was reached with.
func guarded(t *testing.T, issuer *resourcetest.Issuer, scopes ...string) (router *gin.Engine, reached *[]resource.Claims) {
	t.Helper()
	v, err := resource.New(issuer.Options(ourselves))
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	reached = new([]resource.Claims)
	router = gin.New()
	router.GET("/", ginguard.Require(v, scopes...), func(c *gin.Context) {
		claims, _ := ginguard.Claims(c)
		*reached = append(*reached, claims)
		c.String(http.StatusOK, "hello")
	})
	return router, reached
}

func answered(t *testing.T, router http.Handler, authorization string) *httptest.ResponseRecorder {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	router.ServeHTTP(w, r)
	return w
}

func TestAGoodTokenGoesOn(t *testing.T) {
	issuer := resourcetest.Start(t)
	router, reached := guarded(t, issuer, "READ_POSTS")
	w := answered(t, router, "Bearer "+issuer.Token("openid", "READ_POSTS"))
	if w.Code != http.StatusOK || len(*reached) != 1 || (*reached)[0].Subject != resourcetest.Account {
		t.Errorf("status %d, and it was reached with %+v", w.Code, *reached)
	}
}

func TestRefusalsEndTheRequest(t *testing.T) {
	const realm = `Bearer realm="` + ourselves + `"`
	issuer := resourcetest.Start(t)
	router, reached := guarded(t, issuer, "READ_POSTS")
	for name, tc := range map[string]struct {
		authorization string
		status        int
		challenge     string
	}{
		"nobody":           {"", http.StatusUnauthorized, realm + `, scope="READ_POSTS"`},
		"a malformed one":  {"Bearer ,", http.StatusBadRequest, realm + `, error="invalid_request", error_description="The Authorization header is malformed."`},
		"nonsense":         {"Bearer x", http.StatusUnauthorized, realm + `, error="invalid_token", error_description="The access token is not good here."`},
		"too little scope": {"Bearer " + issuer.Token("openid"), http.StatusForbidden, realm + `, error="insufficient_scope", error_description="The access token does not allow this.", scope="READ_POSTS"`},
	} {
		w := answered(t, router, tc.authorization)
		if got := w.Header().Get("WWW-Authenticate"); w.Code != tc.status || got != tc.challenge || len(*reached) != 0 {
			t.Errorf("%s: status %d, challenge %s, reached: %d", name, w.Code, got, len(*reached))
		}
	}
}

func TestAnOutage(t *testing.T) {
	issuer := resourcetest.Start(t)
	router, reached := guarded(t, issuer)
	issuer.Close()
	w := answered(t, router, "Bearer "+issuer.Token())
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || len(*reached) != 0 {
		t.Errorf("status %d, %v, reached: %d", w.Code, w.Header(), len(*reached))
	}
}

func TestAMistakeInTheProgram(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a scope with a space is taken")
		}
	}()
	guarded(t, resourcetest.Start(t), "two words")
}
