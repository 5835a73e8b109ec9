package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

//go:embed assets
var files embed.FS

// asset is a file that pages need. Its path changes with its content, so that it can be kept for
// good.
type asset struct {
	name, path, media string
	content           []byte
}

// The names of the assets.
const (
	sheetName  = "writ.css"
	scriptName = "passkeys.js"
	logoName   = "logo"
)

func assets(b Brand) []asset {
	sheet, script := compiled(sheetName), compiled(scriptName)
	logo := b.picture()
	ext := map[string]string{"image/png": ".png", "image/svg+xml": ".svg"}[logo.media]
	return []asset{
		hashed(sheetName, ".css", "text/css; charset=utf-8", append([]byte(b.sheet()), sheet...)),
		hashed(scriptName, ".js", "text/javascript; charset=utf-8", script),
		hashed(logoName, ext, logo.media, logo.content),
	}
}

func compiled(name string) []byte {
	content, err := files.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // it is compiled in
	}
	return content
}

func hashed(name, ext, media string, content []byte) asset {
	sum := sha256.Sum256(content)
	return asset{
		name: name, media: media, content: content,
		path: "/assets/" + strings.TrimSuffix(name, path.Ext(name)) + "-" + hex.EncodeToString(sum[:8]) + ext,
	}
}

// asset is where a file is served.
func (p *Pages) asset(name string) string {
	for _, a := range p.assets {
		if a.name == name {
			return p.at(a.path)
		}
	}
	return ""
}

// serve hands the file out. A logo comes from whoever runs the server; opened by itself, an SVG
// could otherwise run scripts in the name of this site.
func (a asset) serve(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'")
	c.Data(http.StatusOK, a.media, a.content)
}
