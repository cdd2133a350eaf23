package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// oidcRoles are those of the Admin API, which a test of cmd/lazaret holds these to.
var oidcRoles = [...]string{"viewer", "reviewer", "admin"}

// An OIDCRole is one entry of LAZARET_OIDC_ROLES: who has the value in the claim has the role.
type OIDCRole struct{ Claim, Value, Role string }

// OIDCRoles say who may do what.
type OIDCRoles []OIDCRole

// UnmarshalText reads "claim:value=role,…". The value begins at the last colon, so that a
// claim may be a URL, and ends at the last "=".
func (r *OIDCRoles) UnmarshalText(text []byte) error {
	var out OIDCRoles
	for one := range strings.SplitSeq(string(text), ",") {
		one = strings.TrimSpace(one)
		equals := strings.LastIndexByte(one, '=')
		colon := strings.LastIndexByte(one[:max(equals, 0)], ':')
		if colon < 1 || equals <= colon+1 {
			return fmt.Errorf("not a list of roles (groups:security=admin,groups:dev=viewer)")
		}
		role := OIDCRole{one[:colon], one[colon+1 : equals], one[equals+1:]}
		if !slices.Contains(oidcRoles[:], role.Role) {
			return fmt.Errorf("not a role (%s)", strings.Join(oidcRoles[:], ", "))
		}
		out = append(out, role)
	}
	*r = out
	return nil
}

// String writes them as they were given.
func (r OIDCRoles) String() string {
	var out []string
	for _, one := range r {
		out = append(out, one.Claim+":"+one.Value+"="+one.Role)
	}
	return strings.Join(out, ",")
}

// Words are a list of words.
type Words []string

// UnmarshalText reads "word,word".
func (w *Words) UnmarshalText(text []byte) error {
	var out Words
	for word := range strings.SplitSeq(string(text), ",") {
		word = strings.TrimSpace(word)
		if word == "" || strings.ContainsAny(word, " \t\"\\") {
			return fmt.Errorf("not a list of words (openid,email)")
		}
		out = append(out, word)
	}
	*w = out
	return nil
}

// String writes them as they were given.
func (w Words) String() string { return strings.Join(w, ",") }

// checkPeople adds the rules for who may use the Admin API, and how it is reached.
func (c Config) checkPeople(add func(field string, bad bool, why string)) {
	if c.OIDCIssuer != "" {
		add("OIDCIssuer", !trusty(c.OIDCIssuer), "not the URL of an issuer: https://login.example.com, or http on loopback")
		add("OIDCClientID", c.OIDCClientID == "", "LAZARET_OIDC_ISSUER is set without it")
	}
	for field, set := range map[string]bool{"OIDCClientID": c.OIDCClientID != "", "OIDCRoles": len(c.OIDCRoles) > 0} {
		add(field, set && c.OIDCIssuer == "", "is set without LAZARET_OIDC_ISSUER")
	}
	add("OIDCScopes", !slices.Contains(c.OIDCScopes, "openid"), "without openid there is no ID token")
	if c.Server != "" {
		u, err := url.Parse(c.Server)
		add("Server", err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "",
			"not the URL of a server (https://mirror.example.com:5001)")
	}
	add("Token", c.Token != "" && strings.ContainsAny(string(c.Token), " \t\r\n"), "holds a space or a line end")
}

// trusty reports whether what is fetched from a URL is what its owner wrote: by https, or
// from this machine.
func trusty(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && addr.IsLoopback())
}
