package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// checkAddresses adds the rules for what is listened on and what is called.
func (c Config) checkAddresses(add func(field string, bad bool, why string)) {
	add("Addr", !validAddr(c.Addr), "not an address to listen on (127.0.0.1:5000, :5000, [::1]:5000)")
	add("AdminAddr", !validAddr(c.AdminAddr), "not an address to listen on (127.0.0.1:5001, :5001, [::1]:5001)")
	_, port, _ := net.SplitHostPort(c.AdminAddr)
	add("AdminAddr", c.AdminAddr == c.Addr && port != "0", "the same as LAZARET_ADDR; the admin listener has its own")
	add("TLSCert", c.TLSCert == "" && c.TLSKey != "", "LAZARET_TLS_KEY is set without it")
	add("TLSKey", c.TLSKey == "" && c.TLSCert != "", "LAZARET_TLS_CERT is set without it")

	add("TLSClientCA", c.TLSClientCA != "" && !c.TLS(), "needs a certificate of the mirror's own (LAZARET_TLS_CERT, LAZARET_TLS_DIR)")
	add("TLSClientCA", c.TLSClientCA != "" && c.ClientAuth == ClientAuthNone, "LAZARET_CLIENT_AUTH is none")
	add("ClientPasswords", c.ClientPasswords != "" && c.ClientAuth == ClientAuthNone, "LAZARET_CLIENT_AUTH is none")
	add("ClientAuth", c.ClientAuth != ClientAuthNone && c.TLSClientCA == "" && c.ClientPasswords == "", "there is nothing to know clients by: LAZARET_TLS_CLIENT_CA, LAZARET_CLIENT_PASSWORDS")
	if c.TokenRealm != "" {
		u, err := url.Parse(c.TokenRealm)
		add("TokenRealm", err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || len(u.Path) < 2 || strings.HasPrefix(u.Path, "/v2"),
			"not the URL of a token service, with a path that is not of the API (https://auth.docker.io/token)")
		add("TokenRealm", c.ClientPasswords == "" && c.ClientAuth != ClientAuthNone, "tokens are given for passwords: LAZARET_CLIENT_PASSWORDS")
	}

	why := wrongURL(c.Upstream)
	add("Upstream", why != "", why)
	add("UpstreamRegistry", !validRegistry(c.UpstreamRegistry), "not the name of a registry (docker.io, registry.example.com:5000)")
	password := c.UpstreamPassword != "" || c.UpstreamPasswordFile != ""
	add("UpstreamUsername", c.UpstreamUsername == "" && password, "its password is set without it")
	add("UpstreamPassword", !password && c.UpstreamUsername != "", "LAZARET_UPSTREAM_USERNAME is set without it")
	add("UpstreamPasswordFile", c.UpstreamPassword != "" && c.UpstreamPasswordFile != "", "LAZARET_UPSTREAM_PASSWORD is set too")
	add("UpstreamCert", c.UpstreamCert == "" && c.UpstreamKey != "", "LAZARET_UPSTREAM_KEY is set without it")
	add("UpstreamKey", c.UpstreamKey == "" && c.UpstreamCert != "", "LAZARET_UPSTREAM_CERT is set without it")
	if err := checkPatterns(c.UpstreamPrivate); err != nil {
		add("UpstreamPrivate", true, err.Error())
	}
	if err := c.UpstreamVars.check(); err != nil {
		add("UpstreamVars", true, err.Error())
	}
	for _, h := range c.Hosts {
		add("Hosts", !validRegistry(h) || strings.Contains(h, ":"), "not the name of a host, without a port")
	}

	if c.DatabaseURL != "" {
		u, err := url.Parse(string(c.DatabaseURL))
		add("DatabaseURL", err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.Query().Get("host") == "",
			"not the URL of a PostgreSQL database (postgres://user:password@host:5432/lazaret)")
	}
	if c.RedisURL != "" {
		u, err := url.Parse(string(c.RedisURL))
		add("RedisURL", err != nil || !(u.Scheme == "unix" && u.Path != "" || strings.HasPrefix(u.Scheme, "redis") && u.Host != ""),
			"not the URL of a Redis (redis://host:6379/0, rediss://user:password@host:6379)")
	}
}

// checkTexts adds the rules for words.
func (c Config) checkTexts(add func(field string, bad bool, why string)) {
	add("ReportKey", c.ReportKey != "" && len(c.ReportKey) < 32, "shorter than 32 characters")
	add("RedisPrefix", len(c.RedisPrefix) > 100 || strings.ContainsFunc(c.RedisPrefix, unicode.IsSpace), "longer than 100 characters, or holds a space")
	add("HelpText", len(c.HelpText) > 500 || strings.ContainsFunc(c.HelpText, unicode.IsControl), "longer than 500 bytes, or more than one line")
	api, err := url.Parse(c.HubAPI)
	add("HubAPI", err != nil || api.Scheme != "https" && api.Scheme != "http" || api.Host == "" || api.User != nil || api.RawQuery != "", "not the URL of an API (https://hub.docker.com)")
	if c.Clamd != "" {
		u, err := url.Parse(c.Clamd)
		add("Clamd", err != nil || !(u.Scheme == "unix" && u.Path != "" && u.Host == "" || u.Scheme == "tcp" && u.Port() != ""),
			"not the address of a clamd (unix:///run/clamav/clamd.ctl, tcp://clamd:3310)")
	}
	switch c.ClamdUnavailable {
	case "wait", "uninspectable", "warn":
	default:
		add("ClamdUnavailable", true, "not what to do (wait, uninspectable, warn)")
	}
	switch c.RefuseIndex {
	case "any", "all", "never":
	default:
		add("RefuseIndex", true, "not when to refuse an index (any, all, never)")
	}
	add("LogFormat", c.LogFormat != "json" && c.LogFormat != "text", "not a log format (json, text)")
	switch c.StorageDriver {
	case "filesystem", "inmemory", "s3":
	default:
		add("StorageDriver", true, "not a storage driver (filesystem, inmemory, s3)")
	}
	if c.StorageDriver == "s3" {
		for _, key := range []string{"bucket", "region"} {
			add("StorageParameters", c.StorageParameters[key] == "", "s3 needs the parameter "+key)
		}
	}
}

// validAddr accepts host:port with a numeric port; the host may be empty.
func validAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// validRegistry accepts a host with or without a port, as it stands before the first slash of a reference.
func validRegistry(s string) bool {
	u, err := url.Parse("//" + s)
	return err == nil && s != "" && u.Host == s && u.User == nil
}
