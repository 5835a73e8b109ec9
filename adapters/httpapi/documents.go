package httpapi

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

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
	spec   document
	events document
}

func newDocuments(cfg Config, at addresses, keys ports.KeyRing) (*documentEndpoint, error) {
	spec, err := yaml.YAMLToJSON(openAPI)
	if err != nil {
		return nil, fmt.Errorf("read the description of the API: %w", err)
	}
	events := documentOf(cfg.AsyncAPI, metadataLifetime)
	events.mediaType = "application/yaml" // RFC 9512
	return &documentEndpoint{
		server: cfg.Server, at: at, keys: keys, spec: documentOf(spec, metadataLifetime), events: events,
	}, nil
}

// document is text with its validator (RFC 9110 §8.8.3).
type document struct {
	body, etag, lifetime, mediaType string
}

func documentOf(body []byte, lifetime string) document {
	sum := sha256.Sum256(body)
	return document{string(body), `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, lifetime, jsonType}
}

func (d document) serve(c *gin.Context) {
	c.Header("Cache-Control", d.lifetime)
	c.Writer.Header().Del("Pragma")
	c.Header("ETag", d.etag)
	if seen := c.GetHeader("If-None-Match"); seen == "*" || strings.Contains(seen, d.etag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, d.mediaType, []byte(d.body))
}

func (e *documentEndpoint) openAPI(c *gin.Context) { e.spec.serve(c) }

func (e *documentEndpoint) asyncAPI(c *gin.Context) { e.events.serve(c) }

func (e *documentEndpoint) keySet(c *gin.Context) {
	documentOf(e.keys.KeySet(), keySetLifetime).serve(c)
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

func rendered(v any) document {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // a struct of strings always has a JSON form
	}
	return documentOf(body, metadataLifetime)
}
