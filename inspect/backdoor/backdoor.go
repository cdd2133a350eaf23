// Package backdoor recognises what lets somebody in later: shells that call out, accounts
// and settings that open the door, programs that give root, and what hides all that.
//
// It promises confidence high only for what honest images do not have: a shell whose input
// is a connection, in what is started; a second user with root's number; a library that is
// loaded into every program from a place for temporary files; a copy of a shell that gives
// root. The same words in documentation, tests and packages' own files are low. Keys for
// logging in are package sshkey's. It trusts nothing that the bytes say of themselves.
//
// The rules, with their sources and examples, are in rules.yaml; the code next to this
// file reads what has fields: accounts, PAM's and sudo's settings, and liblzma.
package backdoor

import (
	"bytes"
	_ "embed"
	"io/fs"
	"path"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/inspect/internal/rules"
)

//go:embed rules.yaml
var rulesYAML []byte

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "4"

// New makes the detector from the rules that it is built with.
func New() (*rules.Detector, error) {
	return rules.New(rules.Config{
		Name: "backdoor", Category: inspect.Backdoor, Code: codeVersion, YAML: rulesYAML,
		Checks: map[string]rules.Check{"stranger": stranger, "unknown-host": unknownHost, "not-root": notRoot, "strange-preload": strangePreload, "same-word": sameWord},
		Wants:  wants, Judge: judge,
	})
}

// The rules that the code makes, as in rules.yaml.
const (
	ruleRoot     = "second-root"
	ruleHash     = "root-password"
	ruleService  = "service-password"
	ruleEmpty    = "empty-password"
	rulePreload  = "preload"
	rulePAM      = "pam"
	ruleSudo     = "sudo"
	ruleSetuid   = "setuid"
	ruleHidden   = "hidden-program"
	ruleLiblzma  = "liblzma"
	ruleReplaced = "replaced-program"
	ruleTrusted  = "trusted-hosts"
)

// wants asks for the content of the files whose fields are read.
func wants(f *inspect.File) inspect.Want {
	switch {
	case f.Type == inspect.Symlink || f.Type == inspect.Hardlink:
		if f.Path == "etc/ld.so.preload" {
			return inspect.Header
		}
		return inspect.Nothing
	case f.Type != inspect.Regular:
		return inspect.Nothing
	case isAccounts(f.Path), isPAM(f.Path), isSudoers(f.Path), isTrust(f.Path), f.Path == "etc/ld.so.preload", isLiblzma(f.Path):
		return inspect.Content
	case f.Mode&fs.ModeSetuid != 0, inTemporary(f.Path), f.Path == "usr/sbin/sshd":
		return inspect.Header
	}
	return inspect.Nothing
}

// judge reads the file as what its name says it is.
func judge(c *rules.Case) {
	f := c.File
	switch {
	case f.Type == inspect.Document:
		return
	case f.Path == "etc/ld.so.preload":
		preload(c)
	case f.Type != inspect.Regular:
		return
	case f.Path == "etc/passwd":
		passwd(c)
	case f.Path == "etc/shadow":
		shadow(c)
	case isPAM(f.Path):
		pam(c)
	case isSudoers(f.Path):
		sudoers(c)
	case isTrust(f.Path):
		trust(c)
	case isLiblzma(f.Path):
		liblzma(c)
	}
	if f.Type == inspect.Regular {
		setuid(c)
		hidden(c)
		if f.Path == "usr/sbin/sshd" && bytes.HasPrefix(f.Head, []byte("#!")) {
			c.Add(ruleReplaced, inspect.Medium, 0, "/usr/sbin/sshd is a script")
		}
	}
}

func isAccounts(p string) bool { return p == "etc/passwd" || p == "etc/shadow" }

func isPAM(p string) bool { return strings.HasPrefix(p, "etc/pam.d/") || p == "etc/pam.conf" }

func isSudoers(p string) bool { return p == "etc/sudoers" || strings.HasPrefix(p, "etc/sudoers.d/") }

// isTrust knows the files of rhosts(5) and hosts.equiv(5).
func isTrust(p string) bool {
	switch path.Base(p) {
	case ".rhosts", ".shosts":
		return true
	}
	return p == "etc/hosts.equiv" || p == "etc/shosts.equiv" || p == "etc/ssh/shosts.equiv"
}

func isLiblzma(p string) bool { return strings.HasPrefix(path.Base(p), "liblzma.so.5") }

// inTemporary knows the folders that anybody may write to; hier(7).
func inTemporary(p string) bool {
	return strings.HasPrefix(p, "tmp/") || strings.HasPrefix(p, "var/tmp/") || strings.HasPrefix(p, "dev/shm/") ||
		strings.HasPrefix(p, "run/shm/") || strings.HasPrefix(p, "dev/mqueue/")
}

// isHidden reports whether a part of a path is made not to be seen: by a dot before it, by
// nothing but dots and spaces.
func isHidden(p string) bool {
	for part := range strings.SplitSeq(strings.Trim(p, "/"), "/") {
		if strings.HasPrefix(part, ".") && part != "." && part != ".." || strings.Trim(part, ". ") == "" && part != "" {
			return true
		}
	}
	return false
}

// dumps are hosts where anybody can leave a file without a name: pastes, drops, tunnels.
var dumps = []string{"pastebin.com", "paste.ee", "hastebin.com", "ghostbin.com", "termbin.com", "ix.io", "sprunge.us", "0x0.st", "transfer.sh",
	"file.io", "temp.sh", "bashupload.com", "oshi.at", "anonfiles.com", "catbox.moe", "dpaste.com", "dpaste.org", "rentry.co", "controlc.com",
	"cdn.discordapp.com", "ngrok.io", "ngrok-free.app", "ngrok.app", "trycloudflare.com", "serveo.net", "localhost.run", "onion", "onion.to", "onion.ws", "tor2web.io", "duckdns.org", "no-ip.org", "ddns.net"}

// stranger accepts a URL's host that nobody answers for: an address on the Internet, or a dump.
func stranger(groups [][]byte) bool {
	name, ok := hostOf(groups)
	if !ok {
		return false
	}
	if strings.Trim(name, "0123456789.") == "" {
		return true
	}
	for _, d := range dumps {
		if name == d || strings.HasSuffix(name, "."+d) {
			return true
		}
	}
	return false
}

// installers are hosts of well-known programs' installation scripts.
var installers = []string{"docker.com", "rustup.rs", "nodesource.com", "nvm.sh", "githubusercontent.com", "github.com", "gitlab.com", "python.org", "pypa.io",
	"python-poetry.org", "astral.sh", "deno.land", "deno.com", "bun.sh", "get.pnpm.io", "yarnpkg.com", "npmjs.org", "npmjs.com", "sdkman.io", "k3s.io", "helm.sh", "hashicorp.com", "nixos.org",
	"cloud.google.com", "googleapis.com", "amazonaws.com", "microsoft.com", "aka.ms", "azure.com", "getcomposer.org", "sentry.io", "datadoghq.com", "newrelic.com",
	"elastic.co", "grafana.com", "ollama.com", "ollama.ai", "starship.rs", "fly.io", "heroku.com", "vercel.com", "netlify.com", "gitpod.io", "codecov.io", "circleci.com",
	"pulumi.com", "dagger.io", "cpanmin.us", "haskell.org", "haskellstack.org", "getcaddy.com", "rvm.io", "get.rvm.io", "ubuntu.com", "debian.org", "alpinelinux.org",
	"apache.org", "openjdk.org", "golang.org", "go.dev", "meteor.com", "postgresql.org", "timescale.com", "mariadb.com", "mysql.com", "snyk.io", "foundry.paradigm.xyz",
	"solana.com", "anza.xyz", "tailscale.com", "cloudflare.com", "rclone.org", "netdata.cloud", "influxdata.com", "packagecloud.io", "git.io", "bit.ly", "chef.io", "saltproject.io", "saltstack.com"}

// unknownHost accepts the host of a URL that is on the Internet and not known for installers.
func unknownHost(groups [][]byte) bool {
	name, ok := hostOf(groups)
	if !ok {
		return false
	}
	for _, d := range installers {
		if name == d || strings.HasSuffix(name, "."+d) {
			return false
		}
	}
	return true
}

// hostOf reads the host that the second group caught; the first is what stands before.
func hostOf(groups [][]byte) (string, bool) {
	at := 1
	for at < len(groups)-1 && len(groups[at]) == 0 { // of several forms, the one that matched
		at++
	}
	if len(groups) < 2 {
		return "", false
	}
	r, ok := host.Parse(string(groups[at]))
	if !ok || !host.Foreign(r.Host) || host.Placeholder(r.Host) {
		return "", false
	}
	return strings.ToLower(r.Host), true
}

// notRoot accepts an account line of another name than root.
func notRoot(groups [][]byte) bool {
	return len(groups) > 1 && string(groups[1]) != "root"
}

// sameWord accepts two groups that caught the same.
func sameWord(groups [][]byte) bool {
	var first []byte
	for _, g := range groups[1:] {
		switch {
		case len(g) == 0:
		case first == nil:
			first = g
		default:
			return bytes.Equal(first, g)
		}
	}
	return false
}
