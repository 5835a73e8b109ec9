package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
)

//go:embed templates/*.html
var sources embed.FS

// templates are the pages by name, each with the layout around it.
type templates map[string]*template.Template

func parse(p *Pages) templates {
	functions := template.FuncMap{
		"t": english.text, "plain": plain, "date": date, "rfc3339": rfc3339,
		"server": func() string { return p.name }, "at": p.at, "asset": p.asset,
		"signin": p.loginURL.String,
	}
	layout := template.Must(template.New("layout.html").Funcs(functions).ParseFS(sources, "templates/layout.html"))
	all := templates{}
	for _, name := range []string{"home", "login", "consent", "device", "device_confirm", "device_done", "applications", "problem"} {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(sources, "templates/"+name+".html"))
	}
	return all
}

// view is what the layout knows of a page.
type view struct {
	Title   string
	Account string // the handle of who is signed in, or empty
	Logout  string // the token of the form that signs out
	Page    any
}

// show renders a page for somebody who is signed in; the zero value is nobody.
func (p *Pages) show(c *gin.Context, status int, name, title string, who signin.Recognised, page any) {
	v := view{Title: title, Page: page}
	if who.Account != "" {
		v.Account, v.Logout = called(who), p.gate.CSRF(c, purposeLogout)
	}
	var b bytes.Buffer
	err := p.templates[name].Execute(&b, v)
	if err != nil {
		_ = c.Error(fmt.Errorf("render the page %s: %w", name, err))
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
	c.Abort()
}

// called is what a person is called on a page.
func called(who signin.Recognised) string {
	if handle := who.Profile.Profile.Handle.Reveal(); handle != "" {
		return handle
	}
	return string(who.Account)
}

// date shows a moment to a person whose time zone is not known.
func date(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04") + " UTC" }

// rfc3339 is the same moment for programs.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }
