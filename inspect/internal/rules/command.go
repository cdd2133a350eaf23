package rules

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// The sizes, in bytes, up to which a file is read for the commands in it: all that is kept of one that
// starts programs, for a longer one is an installer that carries an archive; less of a script,
// for most that are longer are bundles.
const (
	largestLaunch = inspect.MaxContent
	largestScript = 256 << 10
)

// starts reports whether a file of a kind is read for commands: those that start programs,
// and scripts of the image's own.
func starts(f *inspect.File, kind place.Kind) bool {
	if f.Type == inspect.Document {
		return kind == place.Launch || f.Path == "config:labels"
	}
	if bytes.IndexByte(f.Head, 0) >= 0 {
		return false
	}
	return kind == place.Launch && f.Size <= largestLaunch || kind == place.Script && f.Size <= largestScript && !place.Apart(f)
}

// commands judges the commands of a file by the programs they start.
func (c *Case) commands() {
	kind := place.RunAs(c.File)
	if len(c.detector.programs) == 0 || len(c.Seen.Content) == 0 || !starts(c.File, kind) {
		return
	}
	if text := c.Seen.Content; kind == place.Script { // whose variables are no shell's
		commands := argv.Of(c.File, text)
		for _, i := range argv.Calls(c.File, commands) {
			c.run(commands[i], text)
		}
		return
	}
	text := argv.Expanded(c.File, c.Seen.Content)
	for _, cmd := range argv.Of(c.File, text) {
		c.run(cmd, text)
		if code := argv.Code(cmd.Args); code != "" {
			for _, inner := range argv.Called(code) {
				c.run(argv.Command{Args: inner.Args, Offset: cmd.Offset}, text)
			}
		}
	}
}

// run judges a command by the programs that it starts.
func (c *Case) run(cmd argv.Command, text []byte) {
	for _, at := range programs(cmd.Args, c.in == inStart) {
		name := programName(cmd.Args[at])
		if c.detector.programs[name] == nil { // as releases call it: fscan_amd64
			name = argv.Plain(name)
		}
		for _, r := range c.detector.programs[name] {
			c.command(r, name, cmd.Args[at+1:], text, cmd.Offset)
		}
	}
}

// command judges one command that starts a program of a rule.
func (c *Case) command(r *Rule, name string, args []string, text []byte, offset int) {
	if !r.fits(c.File) {
		return
	}
	line := strings.Join(append([]string{name}, args...), " ")
	m := match{evidence: name}
	if r.pattern != nil {
		groups := r.pattern.FindSubmatch([]byte(line))
		if groups == nil || r.Check != "" && !c.detector.config.Checks[r.Check](groups) {
			return
		}
		m.evidence = shown(r, []byte(line), groups)
	}
	// Values of variables hold no line ends, so lines stay what they were when they are put in.
	n := bytes.Count(text[:min(offset, len(text))], []byte("\n"))
	m.offset = int64(lineStart(c.Seen.Content, n))
	if c.Seen.Text {
		m.line = n + 1
	}
	c.match(r, m)
}

// lineStart is where the line after n others begins.
func lineStart(content []byte, n int) int {
	at := 0
	for ; n > 0; n-- {
		i := bytes.IndexByte(content[at:], '\n')
		if i < 0 {
			return at
		}
		at += i + 1
	}
	return at
}

// within is how many words after one that starts another program that other may be:
// nice -n 19, screen -dmS name, su-exec user, timeout -k 5 60.
const within = 6

// programs returns the words of a command that may be the program that it starts: the
// first, and those that a program which starts others has for its arguments. In the
// arguments of an image's start, which an entrypoint script may hand on, any may be.
func programs(args []string, start bool) (out []int) {
	left := 1
	for i, a := range args {
		name := programName(a)
		switch {
		case i == 0 && (a == "." || a == "source"):
			return out // a shell reads the file that follows: /etc/default/tor is no program
		case !start && len(a) == 2 && a[0] == '-' && (i == 0 || conditional(args[i-1])):
			return out // of [, which is no word here: if [ -d /var/lib/tor ]
		case isTime(a):
			left = 3 // a crontab's user, and the program
		case name == "" || strings.HasPrefix(a, "-") || isAssignment(a):
			left++ // a word that is not counted
		case otherwise[name], asks[name] && i+1 < len(args) && slices.ContainsFunc(args[i+1:], stops):
			return out
		case starter[name]:
			left = within + 1
		}
		if left--; left < 0 && !start {
			return out
		}
		out = append(out, i)
	}
	return out
}

// conditional knows the words of a shell before a condition.
func conditional(word string) bool {
	switch word {
	case "if", "elif", "while", "until", "!":
		return true
	}
	return false
}

// stops knows the words after a program that starts others with which it starts none:
// command -v, systemctl stop.
func stops(word string) bool {
	switch word {
	case "-v", "-V", "stop", "disable", "mask", "status", "is-active", "is-enabled", "kill":
		return true
	}
	return false
}

// programName is the name of the file that a word names, in lower case, without what
// units and supervisors write before it; "" if it names none.
func programName(word string) string {
	for _, key := range [...]string{"ExecStart=", "ExecStartPre=", "ExecStartPost=", "command=", "Exec="} {
		word = strings.TrimPrefix(word, key)
	}
	word = strings.TrimLeft(word, "@+!:({") // systemd.service(5), special executable prefixes
	const longest = 200
	if len(word) > longest || strings.ContainsAny(word, " \t\n") {
		return ""
	}
	return strings.ToLower(path.Base(strings.TrimSuffix(word, "/")))
}

// isTime knows the five fields of crontab(5) and @reboot and the like.
func isTime(word string) bool {
	return strings.Trim(word, "0123456789*/,-") == "" || strings.HasPrefix(word, "@")
}

func isAssignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && !strings.HasPrefix(word, "Exec") && !strings.HasPrefix(word, "command=") && !strings.ContainsAny(name, "/. ")
}

func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// starter has the programs and words of shells, Dockerfiles and units that start another
// program which their arguments name.
var starter = set(`sh bash dash ash zsh ksh busybox exec nohup env nice ionice chrt taskset time timeout setsid stdbuf unshare nsenter
	chroot sudo doas su runuser gosu su-exec setpriv chpst s6-setuidgid tini dumb-init catatonit xargs parallel screen tmux watch daemon daemonize
	start-stop-daemon proxychains proxychains4 torsocks torify then do else if while until ! && { run cmd entrypoint healthcheck onbuild root user command service systemctl
	rc-service python python2 python3 perl ruby node php java -jar go poetry pipenv pdm uv uvx bundle npx tsx ts-node dotnet mono wine deno bun popen subprocess os.system docker-entrypoint.sh entrypoint.sh
	spawn command: shell: raw: cmd: ansible.builtin.command: ansible.builtin.shell:`)

// asks has the starters that can be asked not to start.
var asks = set(`command service systemctl rc-service`)

// otherwise has programs whose arguments name what they do not start.
var otherwise = set(`apt apt-get aptitude apk yum dnf microdnf zypper pacman brew pip pip2 pip3 pipx npm yarn gem cargo which type hash echo printf rm cp mv
	ln chmod chown chgrp mkdir rmdir touch pkill killall pgrep kill grep egrep fgrep ps test [ [[ cat ls tar unzip gzip curl wget git svn cd pushd
	useradd adduser groupadd addgroup usermod dpkg rpm make cmake install man for case in function arg copy add label workdir volume from expose
	sed awk head tail find file stat setcap getcap strip ldd update-rc.d update-alternatives export alias unalias source . from import description= logrotate deluser userdel ip`)
