package pages

import (
	"embed"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"
)

//go:embed texts/*.json
var texts embed.FS

// tongue is a language that the pages speak. The first of tongues is spoken to whoever understands
// none of them.
type tongue struct {
	tag  language.Tag
	rtl  bool // it is written from right to left
	says catalogue
}

var tongues = []*tongue{
	speak(language.English), speak(language.German), speak(language.French),
	speak(language.Spanish), speak(language.Japanese), speak(language.Arabic),
}

func speak(tag language.Tag) *tongue {
	content, err := texts.ReadFile("texts/" + tag.String() + ".json")
	if err != nil {
		panic(err) // it is compiled in
	}
	t := &tongue{tag: tag, rtl: tag == language.Arabic}
	if err = json.Unmarshal(content, &t.says); err != nil {
		panic("texts/" + tag.String() + ".json: " + err.Error())
	}
	return t
}

var matcher = language.NewMatcher(tags())

func tags() []language.Tag {
	var all []language.Tag
	for _, t := range tongues {
		all = append(all, t.tag)
	}
	return all
}

// direction is what the attribute dir says.
func (t *tongue) direction() string {
	if t.rtl {
		return "rtl"
	}
	return "ltr"
}

// maxWishes bounds how much of what a browser says about languages is read.
const maxWishes = 500

// wished is the first tongue that one of the tags can be served with.
func wished(all []language.Tag) (*tongue, bool) {
	if len(all) == 0 {
		return nil, false
	}
	_, at, sure := matcher.Match(all...)
	return tongues[at], sure != language.No
}

// byLocales reads ui_locales: tags separated by spaces, the dearest first (OIDC Core §3.1.2.1).
// What is no tag is passed over.
func byLocales(locales string) (*tongue, bool) {
	var all []language.Tag
	if len(locales) > maxWishes {
		return nil, false
	}
	for word := range strings.FieldsSeq(locales) {
		if tag, err := language.Parse(word); err == nil {
			all = append(all, tag)
		}
	}
	return wished(all)
}

// byHeader reads Accept-Language (RFC 9110 §12.5.4).
func byHeader(header string) (*tongue, bool) {
	if len(header) > maxWishes {
		return nil, false
	}
	all, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return nil, false
	}
	return wished(all)
}

// spoken is the language of one request.
type spoken struct {
	*tongue

	locales string // the ui_locales that chose it, or empty
}

// keptIn is a path with the same language.
func (s spoken) keptIn(path string) string {
	if s.locales == "" {
		return path
	}
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return path + mark + "ui_locales=" + url.QueryEscape(s.locales)
}

type spokenKey struct{}

// spoken chooses the language of a page: what ui_locales says in the address, in the form that was
// posted, or in the request to which the page leads back; then what the browser prefers.
func (p *Pages) spoken(c *gin.Context) spoken {
	if kept, found := c.Get(spokenKey{}); found {
		return kept.(spoken)
	}
	s := choose(c)
	c.Set(spokenKey{}, s)
	return s
}

func choose(c *gin.Context) spoken {
	for _, locales := range wishes(c) {
		if t, ok := byLocales(locales); ok {
			return spoken{t, locales}
		}
	}
	if t, ok := byHeader(c.GetHeader("Accept-Language")); ok {
		return spoken{tongue: t}
	}
	return spoken{tongue: tongues[0]}
}

func wishes(c *gin.Context) []string {
	var all []string
	for _, values := range []url.Values{c.Request.URL.Query(), c.Request.PostForm} {
		all = append(all, values.Get("ui_locales"), insideOf(values.Get("return_url")))
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// insideOf is the ui_locales of the request that a return_url repeats.
func insideOf(returnURL string) string {
	if len(returnURL) > maxReturn {
		return ""
	}
	_, query, _ := strings.Cut(returnURL, "?")
	values, _ := url.ParseQuery(query) // what can be read of it
	return values.Get("ui_locales")
}
