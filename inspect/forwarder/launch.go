package forwarder

import (
	"path"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
)

// socat's addresses (socat(1)): one that listens, and one that connects.
var (
	listens  = regexp.MustCompile(`(?i)^(?:tcp|udp|sctp|openssl|ssl|dccp)[46]?-(?:l|listen|recvfrom|recv)\b`)
	connects = regexp.MustCompile(`(?i)^(?:tcp|udp|sctp|openssl|ssl|dccp|socks4a?|socks5|proxy)[46]?(?:-connect|-sendto)?:(\[[^\]]+\]|[^:,]+)(?::|,|$)`)
)

// command judges one command.
func (j *judgement) command(args []string, offset int) {
	sure := inspect.Medium
	switch j.f.Path {
	case "config:entrypoint", "config:cmd":
		sure = inspect.High
	}
	if j.f.Type == inspect.Document && sure != inspect.High {
		sure = inspect.Medium
	}
	for _, to := range passedOn(args) {
		r, ok := host.Parse(to)
		if !ok || !host.Foreign(r.Host) {
			continue
		}
		if host.Placeholder(r.Host) {
			sure = min(sure, inspect.Medium)
		}
		j.add(ruleLaunch, sure, offset, program(args)+" to "+r.Host)
	}
}

// program is the name of what passes connections on.
func program(args []string) string {
	for _, a := range args {
		switch name := path.Base(a); name {
		case "socat", "gost", "caddy", "simpleproxy", "darkhttpd", "varnishd", "nghttpx", "redir", "ncat", "nc", "iptables", "ip6tables", "nft", "mitmdump", "mitmproxy", "mitmweb":
			return name
		}
	}
	return path.Base(args[0])
}

// passedOn returns the hosts that a command passes connections on to.
func passedOn(args []string) (out []string) {
	start := -1
	for i, a := range args {
		name := strings.TrimPrefix(a, "ExecStart=")
		switch path.Base(name) {
		case "socat", "gost", "caddy", "simpleproxy", "darkhttpd", "varnishd", "nghttpx", "mitmdump", "mitmproxy", "mitmweb", "iptables", "ip6tables", "iptables-legacy", "iptables-nft", "nft", "nc", "ncat", "netcat":
			start = i
		}
		if start >= 0 {
			break
		}
	}
	if start < 0 {
		return nil
	}
	rest := args[start+1:]
	switch name := path.Base(strings.TrimPrefix(args[start], "ExecStart=")); name {
	case "socat":
		return socat(rest)
	case "nc", "ncat", "netcat":
		return chained(rest)
	case "gost":
		return gost(rest)
	case "caddy":
		if len(rest) > 0 && rest[0] == "reverse-proxy" {
			return values(rest, "--to", "-t")
		}
		if len(rest) > 0 && rest[0] == "respond" {
			for _, v := range values(rest, "--header", "-H") {
				if name, to, ok := strings.Cut(v, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "location") {
					out = append(out, strings.TrimSpace(to))
				}
			}
			return out
		}
	case "darkhttpd": // https://unix4lyfe.org/darkhttpd/
		return values(rest, "--forward-all")
	case "varnishd":
		return values(rest, "-b")
	case "nghttpx":
		for _, v := range values(rest, "-b", "--backend") {
			to, _, _ := strings.Cut(v, ",")
			out = append(out, to)
		}
		return out
	case "simpleproxy":
		return values(rest, "-R")
	case "mitmdump", "mitmproxy", "mitmweb":
		for _, v := range values(rest, "--mode", "-m", "-R", "--reverse") {
			out = append(out, strings.TrimPrefix(v, "reverse:"))
		}
		return out
	default:
		return translated(rest)
	}
	return nil
}

func socat(args []string) (out []string) {
	listening := false
	for _, a := range args {
		listening = listening || listens.MatchString(a)
		if m := connects.FindStringSubmatch(a); m != nil {
			out = append(out, m[1])
		}
	}
	if !listening {
		return nil
	}
	return out
}

// chained reads nc(1) that listens and hands each connection to another nc.
func chained(args []string) (out []string) {
	for _, command := range values(args, "-c", "-e", "--sh-exec", "--exec") {
		w := strings.Fields(command)
		if len(w) < 3 || !strings.HasPrefix(path.Base(w[0]), "nc") && path.Base(w[0]) != "netcat" {
			continue
		}
		for _, a := range w[1:] {
			if !strings.HasPrefix(a, "-") {
				out = append(out, a)
				break
			}
		}
	}
	return out
}

// gost reads the options of gost (https://gost.run): -L [scheme://][address]:port/host:port
// passes on to the host, and -F is the next proxy that all goes through.
func gost(args []string) (out []string) {
	for _, l := range values(args, "-L") {
		if _, rest, ok := strings.Cut(l, "://"); ok {
			l = rest
		}
		if _, to, ok := strings.Cut(l, "/"); ok {
			for t := range strings.SplitSeq(to, ",") {
				out = append(out, t)
			}
		}
	}
	return append(out, values(args, "-F")...)
}

// translated reads a rule of iptables or nft that gives packets another destination. What
// is asked of name servers is another detector's.
func translated(args []string) []string {
	text := " " + strings.ToLower(strings.Join(args, " ")) + " "
	if !strings.Contains(text, " dnat ") || strings.Contains(text, "dport 53 ") {
		return nil
	}
	out := values(args, "--to-destination", "--to")
	for i, a := range args {
		if strings.EqualFold(a, "to") && i+1 < len(args) {
			out = append(out, args[i+1])
		}
	}
	return out
}

// values returns the values of options, joined by = or not.
func values(args []string, names ...string) (out []string) {
	for i, a := range args {
		for _, n := range names {
			switch rest, joined := strings.CutPrefix(a, n); {
			case a == n && i+1 < len(args):
				out = append(out, args[i+1])
			case joined && strings.HasPrefix(rest, "="):
				out = append(out, rest[1:])
			case joined && len(n) == 2 && rest != "" && n[1] != '-':
				out = append(out, rest)
			}
		}
	}
	return out
}
