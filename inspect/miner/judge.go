package miner

import (
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// launch reads the file as commands.
func (c *judgement) launch() {
	var commands []argv.Command
	if !c.plain() {
		commands = argv.Of(c.f, c.seen.Content)
	}
	for _, cmd := range commands {
		s := c.d.command(cmd.Args)
		if s.mines() {
			sure := inspect.High
			if c.place.Kind == place.Source {
				sure = inspect.Medium
			}
			c.addAt(ruleLaunch, sure, cmd.Offset, s.describe())
		}
		switch {
		case s.stratum != "":
			c.addAt(ruleStratum, c.sureOfStratum(), cmd.Offset, s.describe())
		case s.pool != "" && c.as == place.Launch:
			c.addAt(ruleLaunch, inspect.Medium, cmd.Offset, s.describe())
		case s.verified() && c.f.Type == inspect.Document, s.local != "" && c.as == place.Launch, len(s.words) > 1:
			c.addAt(ruleLaunch, inspect.Medium, cmd.Offset, s.describe())
		}
		c.program(cmd, s.program)
		c.fetch(cmd)
	}
	if c.fromHits.stratum != "" { // also beyond the content, and in files whose content is not kept
		if c.seen.Content == nil || c.seen.Cut {
			c.add(ruleStratum, c.sureOfStratum(), c.first, c.firstLine, c.fromHits.describe())
		}
		if c.fromHits.verified() {
			c.add(ruleWallet, inspect.High, c.first, c.firstLine, c.fromHits.describe())
		}
	}
}

// sureOfStratum is how sure a pool's URL alone makes: quite, where something is started
// or in a program that is somebody's own.
func (c *judgement) sureOfStratum() inspect.Level {
	own := c.f.Mode&0o111 != 0 && !c.place.Vendor && !c.place.Aside
	switch {
	case c.place.Kind == place.Launch, own && (c.place.Kind == place.Script || c.place.Kind == place.Other && c.seen.Text):
		return inspect.High
	}
	return inspect.Medium
}

// program reports a command that runs a miner: sure if it is what the image is for.
func (c *judgement) program(cmd argv.Command, program string) {
	if program == "" || c.as != place.Launch || !runs(cmd.Args, program) {
		return
	}
	sure := inspect.Medium
	if c.f.Type == inspect.Document && (c.f.Path == "config:entrypoint" || c.f.Path == "config:cmd") {
		sure = inspect.High
	}
	c.addAt(ruleProgram, sure, cmd.Offset, program)
}

// runs reports whether args run program: nothing is before it but what starts other
// programs, their options and numbers, and settings of variables.
func runs(args []string, program string) bool {
	for _, a := range args {
		if a == program {
			return true
		}
		switch path.Base(a) {
		case "sh", "bash", "ash", "dash", "env", "exec", "nohup", "nice", "ionice", "sudo", "su", "timeout", "setsid", "taskset", "chrt",
			"tini", "dumb-init", "gosu", "su-exec", "screen", "tmux", "cpulimit", "stdbuf", "unbuffer", "wine", "python", "python3", "pwsh", "node", "proxychains", "proxychains4", "torsocks", "then", "do", "else",
			"CMD", "ENTRYPOINT", "RUN", "*", "@reboot", "root", "CMD-SHELL":
			continue
		}
		if strings.HasPrefix(a, "-") || strings.Contains(a, "=") || strings.Trim(a, "0123456789*/,-.smhd") == "" {
			continue
		}
		return false
	}
	return false
}

// fetch reports a command that fetches a miner: sure in the history of an image.
func (c *judgement) fetch(cmd argv.Command) {
	if c.as != place.Launch {
		return
	}
	fetches := slices.ContainsFunc(cmd.Args, func(a string) bool {
		switch strings.ToLower(path.Base(a)) {
		case "git", "wget", "curl", "add", "fetch", "aria2c", "axel", "lwp-download", "go":
			return true
		}
		return false
	})
	if !fetches {
		return
	}
	for _, a := range cmd.Args {
		for _, project := range c.d.data.Projects {
			_, rest, ok := strings.Cut(strings.ToLower(a), project)
			if !ok || rest != "" && alnum(rest[0]) {
				continue
			}
			sure := inspect.Medium
			if c.f.Path == "config:history" || c.f.Path == "config:onbuild" {
				sure = inspect.High
			}
			c.addAt(ruleFetch, sure, cmd.Offset, project)
		}
	}
}

// settings reads the file as a miner's configuration, and reports whether it surely is one.
func (c *judgement) settings() bool {
	if c.f.Type == inspect.Document {
		return false
	}
	s, ok := c.d.readSettings(c.seen.Content)
	switch {
	case !ok || s.pools == 0:
		return false
	case s.sure():
		c.addAt(ruleConfig, inspect.High, 0, s.describe())
		return !c.isList()
	case s.markers > 0:
		c.addAt(ruleConfig, inspect.Low, 0, s.describe())
	}
	return false
}

// walletAndPool reports a file that names both, however it writes them down, or a wallet and an
// option that only miners have.
func (c *judgement) walletAndPool() {
	at := c.fromHits
	if at.stratum == "" && at.pool == "" && len(at.words) == 0 || c.seen.Content == nil {
		return
	}
	for _, w := range wallets(c.seen.Content, 64) {
		if w.coin == ethereum {
			continue
		}
		at.wallet = w
		sure := inspect.High
		if c.place.Kind == place.Source {
			sure = inspect.Medium
		}
		c.addAt(ruleWallet, sure, w.offset, at.describe())
		return
	}
}

// protocol reports a script that has two or more of the methods that pools are called by, or
// logs in to a pool and hashes what it is given, or to one that has a protocol of its own.
func (c *judgement) protocol() {
	methods, login, work, client := c.groups[groupStratum], c.groups[groupLogin], c.groups[groupWork], c.groups[groupClient]
	script := c.as == place.Script || c.as == place.Launch && c.f.Type != inspect.Document
	switch {
	case script && len(methods) > 1:
		c.add(ruleProtocol, inspect.Medium, c.first, c.firstLine, strings.Join(methods, ", "))
	case script && len(login) > 0 && len(work) > 0:
		c.add(ruleProtocol, inspect.Medium, c.first, c.firstLine, login[0]+", "+work[0])
	case script && len(client) > 0:
		c.add(ruleProtocol, inspect.Medium, c.first, c.firstLine, client[0])
	case len(login) > 0 && c.fromHits.verified():
		c.add(ruleProtocol, inspect.Medium, c.first, c.firstLine, login[0]+", a wallet")
	}
}

// keys reports settings that are no JSON, by two keys that only miners have.
func (c *judgement) keys() {
	if keys := c.groups[groupKeys]; len(keys) > 1 && (c.place.Kind == place.Config || c.place.Kind == place.Other || c.place.Kind == place.Launch) {
		c.add(ruleConfig, inspect.High, c.first, c.firstLine, strings.Join(keys, ", "))
	}
}

// web reports what has the visitors of a page mine: a library for that and the site's key,
// or the words that such a library's script and its proxy exchange.
func (c *judgement) web() {
	if words := c.groups[groupWeb]; len(words) > 0 && c.place.Kind != place.Binary && !c.place.Aside && !c.place.Vendor {
		c.add(ruleWeb, inspect.Medium, c.first, c.firstLine, words[0])
	}
}

// binary counts the parts of a miner whose words machine code holds.
func (c *judgement) binary() {
	var parts []string
	for _, g := range []string{groupStratum, groupLogin} { // one method's name alone proves little
		if len(c.groups[g]) > 1 {
			parts = append(parts, strings.Join(c.groups[g][:2], " "))
		}
	}
	if len(c.groups[groupStratum]) > 2 && len(c.groups[groupWork]) > 0 {
		parts = append(parts, c.groups[groupWork][0])
	}
	for _, g := range []string{groupKernel, groupRig, groupScheme, groupReport, patternDonate} {
		if len(c.groups[g]) > 0 {
			parts = append(parts, c.groups[g][0])
		}
	}
	if c.fromHits.wallet.coin != "" {
		parts = append(parts, "monero wallet")
	}
	if c.fromHits.pool != "" || c.fromHits.stratum != "" {
		parts = append(parts, "a pool's address")
	}
	kinds := len(parts)
	if len(c.groups[groupHwloc]) > 0 && len(c.groups[groupKernel]) > 0 {
		kinds++
		parts = append(parts, groupHwloc)
	}
	switch {
	case kinds >= 3:
		c.add(ruleBinary, inspect.High, 0, 0, strings.Join(parts, ", "))
	case kinds == 2:
		c.add(ruleBinary, inspect.Medium, 0, 0, strings.Join(parts, ", "))
	}
}
