package sshkey

import (
	"bytes"
	"path"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// near is how far apart, in bytes, a key and the name of the file that a script writes it
// to may be: a few lines, with a key of 4,096 bits between.
const near = 2048

// commands looks for a key and, near it, the name of a file that sshd reads keys from.
func (j judgement) commands(s inspect.Seen) {
	where := place.Of(j.f)
	sure := inspect.Low
	switch {
	case where.Aside && j.f.Type != inspect.Document, where.Vendor:
	case where.Kind == place.Launch:
		sure = inspect.High
	default:
		sure = inspect.Medium
	}
	for _, h := range s.Hits {
		switch {
		case h.Pattern == patternSetting:
			j.setting(string(h.Groups[1]), sure, h)
		case h.Pattern == patternAsked:
			if where.Kind != place.Prose && !usualKeysCommand(string(h.Groups[1])) {
				j.add(ruleAsked, inspect.Low, h.Offset, h.Line, string(h.Groups[1]))
			}
		case h.Pattern == patternPrinted && where.Kind != place.Config && !writtenNear(h, s.Hits):
			j.add(rulePrinted, inspect.Low, h.Offset, h.Line, "in a command")
		case h.Pattern != patternKey || where.Kind == place.Config || !writtenNear(h, s.Hits):
		default:
			if key, comment, ok := parseKey(h.Groups[0]); ok {
				j.add(ruleCommand, sure, h.Offset, h.Line, describe(key, comment, nil))
			}
		}
	}
}

// setting judges where a file that need not be sshd's own says that keys are. Servers of
// Git and of files keep theirs in folders of their own, but they do not hide them.
func (j judgement) setting(file string, sure inspect.Level, h inspect.Hit) {
	plain := strings.TrimPrefix(strings.TrimPrefix(file, "%h"), "/")
	plain = strings.ReplaceAll("/"+plain, "/.ssh/", "/ssh/")
	if usualKeysFile(file) || !strings.Contains(plain, "/.") && !strings.HasPrefix(plain, "/tmp/") && !strings.HasPrefix(plain, "/var/tmp/") && !strings.HasPrefix(plain, "/dev/") {
		return
	}
	j.add(ruleElsewhere, min(sure, inspect.Medium), h.Offset, h.Line, file)
}

// writtenNear reports whether the name of a keys file is near a key.
func writtenNear(key inspect.Hit, hits []inspect.Hit) bool {
	start, end := key.Offset, key.Offset+int64(len(key.Groups[0]))
	for _, h := range hits {
		if h.Pattern == patternFile && h.Offset > start-near && h.Offset < end+near {
			return true
		}
	}
	return false
}

// link judges a link that stands where sshd looks for keys.
func (j judgement) link() {
	target := j.f.Link
	if target == "" || target == "/dev/null" {
		return
	}
	to := strings.TrimPrefix(path.Clean(target), "/")
	if !path.IsAbs(target) && j.f.Type == inspect.Symlink {
		to = path.Join(path.Dir(j.f.Path), target)
	}
	if path.Base(j.f.Path) == ".ssh" && path.Base(to) == ".ssh" || isKeysFile(to) {
		return // judged where it is
	}
	if where := place.Of(j.f); where.Aside || where.Vendor {
		return
	}
	j.add(ruleLinked, inspect.Medium, 0, 0, "-> "+target)
}

// server reads sshd_config(5): keywords without regard to case, then arguments, perhaps
// after "=" and in quotes. The first value of a keyword holds; those in Match blocks are
// read like the others, since any of them may apply.
func (j judgement) server(content []byte) {
	type place struct {
		offset int64
		line   int
	}
	var root, password *place
	offset := int64(0)
	for i, raw := range bytes.SplitAfter(content, []byte("\n")) {
		at := place{offset, i + 1}
		offset += int64(len(raw))
		line := strings.TrimSpace(string(raw))
		if line == "" || line[0] == '#' {
			continue
		}
		keyword, rest, _ := strings.Cut(strings.Replace(strings.ReplaceAll(line, "\t", " "), "=", " ", 1), " ")
		args := strings.Fields(strings.ReplaceAll(rest, `"`, " "))
		first := ""
		if len(args) > 0 {
			first = strings.ToLower(args[0])
		}
		switch strings.ToLower(keyword) {
		case "authorizedkeysfile":
			for _, file := range args {
				if !usualKeysFile(file) {
					j.add(ruleElsewhere, inspect.Medium, at.offset, at.line, file)
				}
			}
		case "authorizedkeyscommand":
			if first != "" && first != "none" && !usualKeysCommand(first) {
				j.add(ruleAsked, inspect.Low, at.offset, at.line, args[0])
			}
		case "permitemptypasswords":
			if first == "yes" {
				j.add(ruleOpen, inspect.Medium, at.offset, at.line, "PermitEmptyPasswords yes")
			}
		case "permitrootlogin":
			if first == "yes" && root == nil {
				root = &at
			}
		case "passwordauthentication":
			if first == "yes" && password == nil {
				password = &at
			}
		}
	}
	switch {
	case root != nil && password != nil:
		j.add(ruleOpen, inspect.Medium, root.offset, root.line, "PermitRootLogin yes, PasswordAuthentication yes")
	case root != nil:
		j.add(ruleOpen, inspect.Low, root.offset, root.line, "PermitRootLogin yes")
	}
}

// usualKeysFile knows the values of AuthorizedKeysFile that distributions and their
// manuals use.
func usualKeysFile(file string) bool {
	p := strings.TrimPrefix(strings.TrimPrefix(file, "%h/"), "/")
	switch {
	case strings.EqualFold(file, "none"), file == "#", p == ".ssh/authorized_keys", p == ".ssh/authorized_keys2":
		return true
	case path.IsAbs(file):
		return isKeysFile(p) && strings.HasPrefix(p, "etc/")
	}
	return false
}

// usualKeysCommand knows the programs that directories, clouds and servers of Git give
// for AuthorizedKeysCommand, by their manuals.
func usualKeysCommand(program string) bool {
	switch path.Base(program) {
	case "sss_ssh_authorizedkeys", "google_authorized_keys", "userdbctl", "eic_run_authorized_keys", "gitlab-shell-authorized-keys-check", "gitea", "forgejo", "gogs", "ssh-ldap-wrapper", "ldap-keys":
		return true
	}
	return false
}
