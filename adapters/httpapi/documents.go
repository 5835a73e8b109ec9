package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"

	"writ/application/describe"
	"writ/domain/oauth"
	"writ/ports"
)

//go:embed openapi.yaml
var openAPI []byte

const (
	metadataLifetime = "public, max-age=3600"
	// A new signing key is published an hour before it signs, so the key set is kept for less.
	keySetLifetime = "public, max-age=900"
)

// documentEndpoint serves what anybody may read and keep for a while.
type documentEndpoint struct {
	server *oauth.Server
	at     addresses
	keys   ports.KeyRing
	spec   *document
	events *document // nil: there is none
	keySet publication
}

func newDocuments(cfg Config, at addresses, keys ports.KeyRing) (*documentEndpoint, error) {
	spec, err := yaml.YAMLToJSON(openAPI)
	if err != nil {
		return nil, fmt.Errorf("read the description of the API: %w", err)
	}
	e := &documentEndpoint{server: cfg.Server, at: at, keys: keys, spec: documentOf(spec, metadataLifetime)}
	if len(cfg.AsyncAPI) > 0 {
		e.events = documentOf(cfg.AsyncAPI, metadataLifetime)
		e.events.mediaType = []string{"application/yaml"} // RFC 9512
	}
	return e, nil
}

// document is text with its validator (RFC 9110 §8.8.3). Its headers are those of every answer.
type document struct {
	body                              []byte
	etag, lifetime, mediaType, length []string
}

func documentOf(body []byte, lifetime string) *document {
	sum := sha256.Sum256(body)
	return &document{
		body: body, etag: []string{`"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`},
		lifetime: []string{lifetime}, mediaType: []string{jsonType}, length: []string{strconv.Itoa(len(body))},
	}
}

func (d *document) serve(c *gin.Context) {
	h := c.Writer.Header()
	delete(h, "Pragma") // before others come: see forPrograms
	h["Cache-Control"], h["Etag"] = d.lifetime, d.etag
	if seen := c.GetHeader("If-None-Match"); seen == "*" || strings.Contains(seen, d.etag[0]) {
		c.Status(http.StatusNotModified)
		return
	}
	h["Content-Type"], h["Content-Length"] = d.mediaType, d.length
	c.Status(http.StatusOK)
	_, _ = c.Writer.Write(d.body) // whoever asked may be gone
}

func (e *documentEndpoint) publishedKeys(c *gin.Context) { e.keySet.of(e.keys.KeySet()).serve(c) }

// publication is a document that changes at times. It is safe for concurrent use.
type publication struct{ latest atomic.Pointer[document] }

// of is the document of a text, made anew when the text is another one.
func (p *publication) of(body []byte) *document {
	if known := p.latest.Load(); known != nil && bytes.Equal(known.body, body) {
		return known
	}
	made := documentOf(body, keySetLifetime)
	p.latest.Store(made)
	return made
}

// wellKnown is the paths of the well-known documents. For an issuer with a path they are also
// where RFC 8414 §3.1, RFC 9728 §3.1 and OIDC Discovery §4 put them.
func (e *documentEndpoint) wellKnown() map[string]gin.HandlerFunc {
	found := map[string]gin.HandlerFunc{}
	metadata := rendered(describe.Server(e.server, e.at.endpoints))
	own := strings.TrimPrefix(e.at.suffix, e.at.prefix)
	for _, name := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		found[name] = metadata.serve
		found[name+e.at.suffix] = metadata.serve
		found[own+name] = metadata.serve
	}
	for _, resource := range []string{"", "/api"} {
		described, _ := describe.ProtectedResource(e.server, resource)
		const name = "/.well-known/oauth-protected-resource"
		found[name+resource] = rendered(described).serve
		found[name+e.at.suffix+resource] = rendered(described).serve
	}
	return found
}

func rendered(v any) *document {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // a struct of strings always has a JSON form
	}
	return documentOf(body, metadataLifetime)
}
