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

func assets() []asset {
	var all []asset
	for name, media := range map[string]string{"writ.css": "text/css; charset=utf-8", "writ.svg": "image/svg+xml"} {
		content, err := files.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // it is compiled in
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(name)
		all = append(all, asset{
			name: name, media: media, content: content,
			path: "/assets/" + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:8]) + ext,
		})
	}
	return all
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

func (a asset) serve(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	c.Data(http.StatusOK, a.media, a.content)
}
