package httpapi_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// spec is the description of the API, which every answer in these tests is held against.
type spec struct {
	doc    *openapi3.T
	router routers.Router
}

var readSpec = sync.OnceValues(func() (*spec, error) {
	for _, text := range []string{"text/html", "text/csv", "text/event-stream", "application/jsonl"} {
		openapi3filter.RegisterBodyDecoder(text, openapi3filter.PlainBodyDecoder)
	}
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	router, err := gorillamux.NewRouter(doc)
	return &spec{doc, router}, err
})

func loadSpec(t testing.TB) *spec {
	t.Helper()
	s, err := readSpec()
	must(t, err)
	return s
}

// check looks at the answers of described routes. That there is no such route, or method, is no
// part of the description.
func (s *spec) check(t testing.TB, req *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	route, params, err := s.router.FindRoute(req)
	if err != nil || w.Code == http.StatusMethodNotAllowed {
		return
	}
	err = openapi3filter.ValidateResponse(req.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, Route: route, PathParams: params},
		Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		t.Errorf("%s %s answered what openapi.yaml does not describe: %v\n%s", req.Method, req.URL.Path, err, w.Body)
	}
}

func TestDescriptionIsValid(t *testing.T) {
	must(t, loadSpec(t).doc.Validate(t.Context()))
}
