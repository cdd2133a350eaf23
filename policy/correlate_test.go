package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// A fact is a finding in short: "RULE LEVEL PATH", and of a part of the config that its
// layer is the config. The category is that of the rule's detector.
type fact string

var categories = map[string]inspect.Category{
	"miner": inspect.Miner, "sshkey": inspect.Backdoor, "backdoor": inspect.Backdoor, "proxyavoid": inspect.ProxyAvoidance,
	"hackingtool": inspect.HackingTool, "dnshijack": inspect.DNSHijack, "forwarder": inspect.Forwarder, "engine": inspect.Malware,
	"malware": inspect.Malware, "secret": inspect.Secret, "name": inspect.Typosquat, "dynamic": inspect.DynamicDNS,
	"inspect": inspect.Uninspectable, "young": inspect.NewDomain, "bad": inspect.MaliciousDomain,
}

func (f fact) finding(t testing.TB) inspect.Finding {
	t.Helper()
	var rule, level, path string
	if n, err := fmt.Sscan(string(f), &rule, &level, &path); n < 2 {
		t.Fatalf("fact %q: %v", f, err)
	}
	detector, _, _ := strings.Cut(rule, "/")
	out := inspect.Finding{Rule: rule, Category: categories[detector], Severity: inspect.High, Path: path}
	if err := out.Confidence.UnmarshalText([]byte(level)); err != nil || out.Category == "" {
		t.Fatalf("fact %q: %v", f, err)
	}
	return out
}

// An example is an image: what it starts, and the facts in it, each in a layer of its own.
type example struct {
	entrypoint, cmd []string
	facts           []fact
	want            []string // rules of the correlations
	action          policy.Action
}

func (x example) decide(t testing.TB, ex ...policy.Exception) policy.Verdict {
	t.Helper()
	s, ev := imageOf(max(1, len(x.facts)))
	ev.Reports[1].Config.Entrypoint, ev.Reports[1].Config.Cmd = x.entrypoint, x.cmd
	known := names{}
	for i, in := range x.facts {
		f := in.finding(t)
		r := &ev.Reports[2+i]
		switch {
		case f.Category == inspect.Typosquat:
			known["a/b"] = append(known["a/b"], f)
			continue
		case strings.HasPrefix(f.Path, "config:"):
			r = &ev.Reports[1]
		}
		f.Layer = r.Digest
		r.Findings = append(r.Findings, f)
	}
	return newPolicy(t, policy.Enforce, known).Decide(s, ev, ex)
}

func correlations(v policy.Verdict) []string {
	var out []string
	for _, f := range v.Found {
		if id, ok := strings.CutPrefix(f.Rule, "correlation/"); ok && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func TestCorrelations(t *testing.T) {
	sh := func(line string) []string { return []string{"/bin/sh", "-c", line} }
	shown := map[string]bool{}
	for name, x := range map[string]example{
		"nothing": {cmd: []string{"bash"}, action: policy.Allow},

		// Installed and not started: no consequence.
		"tor is installed":     {cmd: []string{"bash"}, facts: []fact{"proxyavoid/tool low usr/bin/tor", "proxyavoid/launch low etc/init.d/tor"}, action: policy.Allow},
		"nmap is installed":    {cmd: sh("nginx -g 'daemon off;'"), facts: []fact{"hackingtool/tool low usr/bin/nmap"}, action: policy.Allow},
		"tor's unit":           {cmd: []string{"/lib/systemd/systemd"}, facts: []fact{"proxyavoid/tool low usr/bin/tor", "proxyavoid/launch low usr/lib/systemd/system/tor.service"}, action: policy.Allow},
		"tor in documentation": {cmd: sh("cat /usr/share/doc/tor/README"), facts: []fact{"proxyavoid/launch low usr/share/doc/tor/start.sh"}, action: policy.Allow},
		"nmap as a word":       {cmd: []string{"echo", "nmap"}, facts: []fact{"hackingtool/tool low usr/bin/nmap"}, action: policy.Allow},
		"pools in rules":       {cmd: []string{"falco"}, facts: []fact{"miner/mention low etc/falco/rules.yaml", "miner/mention low usr/share/x/pools.txt"}, action: policy.Allow},
		"a miner's manual":     {cmd: []string{"bash"}, facts: []fact{"miner/mention low usr/share/doc/a/README.md", "miner/binary medium usr/bin/stratumd"}, action: policy.Allow},
		"a server of node's":   {cmd: []string{"node", "server.js"}, facts: []fact{"hackingtool/tool low app/node_modules/x/server.js"}, action: policy.Allow},
		"an odd list, no sshd": {cmd: []string{"bash"}, facts: []fact{"sshkey/keys-elsewhere medium etc/ssh/sshd_config"}, action: policy.Allow},
		"a leak and a name":    {facts: []fact{"name/official-elsewhere low", "secret/aws medium root/.aws/credentials"}, action: policy.Allow},

		"a renamed miner, and a wallet in env": {
			entrypoint: []string{"/usr/bin/sleep"}, facts: []fact{"miner/binary medium usr/bin/kworker", "miner/mention low config:env"},
			want: []string{"miner-and-pool", "miner-pool-in-env"}, action: policy.Block,
		},
		"a renamed miner is started": {
			entrypoint: []string{"/sbin/tini", "--", "nice", "-n", "19", "./kworker"}, facts: []fact{"miner/binary medium opt/x/kworker"},
			want: []string{"miner-started"}, action: policy.Block,
		},
		"a script that starts one": {
			cmd: sh("cd /opt && exec bash run.sh >/dev/null 2>&1"), facts: []fact{"miner/program medium opt/run.sh"}, want: []string{"miner-launched"}, action: policy.Block,
		},
		"a pool in what is started, and settings": {
			cmd: []string{"/start.sh"}, facts: []fact{"miner/mention low start.sh", "miner/config low opt/c.json"}, want: []string{"miner-pool-at-start"}, action: policy.Block,
		},
		"a miner is fetched": {
			entrypoint: []string{"/entry.sh"}, facts: []fact{"miner/fetch medium entry.sh"}, want: []string{"miner-fetched", "miner-pool-at-start"}[:1], action: policy.Block,
		},
		"packed, and a pool": {
			cmd: []string{"/opt/a"}, facts: []fact{"engine/packed low opt/a", "miner/mention low opt/a.conf"}, want: []string{"packed-miner"}, action: policy.Block,
		},
		"cron": {
			cmd: []string{"cron", "-f"}, facts: []fact{"miner/program medium etc/cron.d/x"}, want: []string{"miner-launched"}, action: policy.Block,
		},
		"a shell's profile": {
			cmd: []string{"bash"}, facts: []fact{"miner/program medium root/.bashrc"}, want: []string{"miner-launched"}, action: policy.Block,
		},

		"an odd list of keys, and sshd": {
			cmd: []string{"/usr/sbin/sshd", "-D"}, facts: []fact{"sshkey/keys-elsewhere medium etc/ssh/sshd_config"}, want: []string{"planted-key-served"}, action: policy.Block,
		},
		"the same, as a service": {
			cmd: sh("service ssh start; tail -f /dev/null"), facts: []fact{"sshkey/keys-elsewhere medium etc/ssh/sshd_config"}, want: []string{"planted-key-served"}, action: policy.Block,
		},
		"a reverse shell in a started script": {
			entrypoint: []string{"/docker-entrypoint.sh"}, cmd: []string{"nginx"}, facts: []fact{"backdoor/shell-pipe medium docker-entrypoint.d/10-x.sh"},
			want: []string{"backdoor-started"}, action: policy.Block,
		},

		"settings that are named":  {cmd: []string{"/usr/bin/agent", "--config=/var/lib/agent/a.yml"}, facts: []fact{"dynamic/url medium var/lib/agent/a.yml"}, want: []string{"dynamic-dns-at-start"}, action: policy.Quarantine},
		"settings of that name":    {cmd: []string{"/usr/bin/agent"}, facts: []fact{"dynamic/url medium etc/x/agent.ini"}, want: []string{"dynamic-dns-at-start"}, action: policy.Quarantine},
		"init's are not its own":   {cmd: []string{"/sbin/init"}, facts: []fact{"proxyavoid/launch low etc/init.d/squid"}, action: policy.Allow},
		"cron's are not either":    {cmd: []string{"/opt/x"}, facts: []fact{"proxyavoid/launch low etc/cron.weekly/tor"}, action: policy.Allow},
		"others' settings":         {cmd: []string{"/usr/bin/agent"}, facts: []fact{"dynamic/url medium etc/x/other.ini"}, action: policy.Allow},
		"a page that is served":    {cmd: []string{"apache2-foreground"}, facts: []fact{"malware/web-shell-variable medium var/www/html/a.php"}, want: []string{"web-shell-served"}, action: policy.Block},
		"a page that is not":       {cmd: []string{"/usr/bin/agent"}, facts: []fact{"malware/web-shell-variable medium var/www/html/a.php"}, action: policy.Allow},
		"what builds on it":        {cmd: []string{"/bin/true"}, facts: []fact{"backdoor/fetch-at-start medium config:onbuild"}, want: []string{"backdoor-fetched"}, action: policy.Block},
		"tor is started":           {cmd: []string{"tor", "-f", "/etc/torrc"}, facts: []fact{"proxyavoid/tool low usr/bin/tor"}, want: []string{"proxy-started"}, action: policy.Quarantine},
		"tor by a script":          {entrypoint: []string{"dumb-init", "--", "/run.sh"}, facts: []fact{"proxyavoid/launch low run.sh"}, want: []string{"proxy-launched"}, action: policy.Quarantine},
		"tor by a supervisor":      {cmd: []string{"supervisord", "-n"}, facts: []fact{"proxyavoid/launch low etc/supervisor/conf.d/tor.conf"}, want: []string{"proxy-launched"}, action: policy.Quarantine},
		"a supervisor's own file":  {cmd: []string{"supervisord", "-c", "/cfg/s.ini"}, facts: []fact{"proxyavoid/launch low cfg/s.ini"}, want: []string{"proxy-launched"}, action: policy.Quarantine},
		"proxychains before it":    {cmd: []string{"proxychains4", "-q", "python3", "/dao.py"}, facts: []fact{"proxyavoid/tool low usr/bin/proxychains4"}, want: []string{"proxy-started"}, action: policy.Quarantine},
		"settings of its own":      {cmd: sh("tor & exec sleep infinity"), facts: []fact{"proxyavoid/config low etc/tor/torrc"}, want: []string{"proxy-settings-started"}, action: policy.Quarantine},
		"a script beside it":       {cmd: []string{"/opt/a/start.sh"}, facts: []fact{"proxyavoid/launch-settings low opt/a/b.sh"}, want: []string{"proxy-launched"}, action: policy.Quarantine},
		"a system's script":        {cmd: []string{"/usr/bin/start"}, facts: []fact{"proxyavoid/launch low usr/bin/tor-ctl"}, action: policy.Allow},
		"brought along":            {cmd: []string{"/opt/x.sh"}, facts: []fact{"proxyavoid/tool-content low usr/local/bin/kworker", "proxyavoid/v2-config medium etc/k.json"}, want: []string{"proxy-brought-along"}, action: policy.Quarantine},
		"brought to /var/tmp":      {cmd: []string{"/opt/x.sh"}, facts: []fact{"proxyavoid/tool-content low var/tmp/.c/node_exporter", "proxyavoid/config medium var/tmp/.c/.rc"}, want: []string{"proxy-brought-along"}, action: policy.Quarantine},
		"installed, and settings":  {cmd: []string{"bash"}, facts: []fact{"proxyavoid/tool low usr/bin/ss-server", "proxyavoid/ss-config medium etc/shadowsocks-libev/config.json"}, action: policy.Allow},
		"hydra is started":         {entrypoint: []string{"hydra"}, facts: []fact{"hackingtool/tool low usr/bin/hydra"}, want: []string{"hacking-started"}, action: policy.Quarantine},
		"a resolver, changed":      {cmd: []string{"dnsmasq", "-k"}, facts: []fact{"dnshijack/redirect medium etc/dnsmasq.conf"}, want: []string{"names-changed-at-start", "names-served-elsewhere"}, action: policy.Block},
		"a hosts file, at start":   {cmd: sh(". /e.sh"), facts: []fact{"dnshijack/redirect medium e.sh"}, want: []string{"names-changed-at-start"}, action: policy.Block},
		"a forwarder":              {cmd: []string{"sh", "/opt/run.sh"}, facts: []fact{"forwarder/launch medium opt/run.sh"}, want: []string{"forwarder-started"}, action: policy.Quarantine},
		"a bad domain":             {cmd: []string{"/a.sh"}, facts: []fact{"bad/url medium a.sh"}, want: []string{"domain-used-at-start"}, action: policy.Block},
		"a young domain":           {cmd: []string{"/a.sh"}, facts: []fact{"young/url medium a.sh"}, want: []string{"new-domain-at-start"}, action: policy.Quarantine},
		"a dynamic name":           {cmd: []string{"/a.sh"}, facts: []fact{"dynamic/url medium a.sh"}, want: []string{"dynamic-dns-at-start"}, action: policy.Quarantine},
		"names go where it says":   {cmd: []string{"/a.sh"}, facts: []fact{"dnshijack/nat low a.sh", "dnshijack/address low config:env"}, want: []string{"names-sent-to-told-address"}, action: policy.Block},
		"nobody says where":        {cmd: []string{"/a.sh"}, facts: []fact{"dnshijack/nat low a.sh"}, action: policy.Allow},
		"a redirect by a variable": {cmd: []string{"nginx"}, facts: []fact{"forwarder/variable low etc/nginx/templates/a.template", "forwarder/target low config:env"}, want: []string{"forwarder-told"}, action: policy.Quarantine},
		"a kept dynamic name":      {cmd: []string{"ddclient"}, facts: []fact{"dynamic/url medium srv/c.txt"}, want: []string{"dynamic-dns-kept"}, action: policy.Quarantine},
		"a page that mines":        {cmd: []string{"nginx"}, facts: []fact{"miner/web medium var/www/html/a.js"}, want: []string{"miner-shown"}, action: policy.Block},
		"a page nobody shows":      {cmd: []string{"/a"}, facts: []fact{"miner/web medium var/www/html/a.js"}, action: policy.Allow},
		"before every page":        {cmd: []string{"php-fpm8.2"}, facts: []fact{"backdoor/php-prepended low etc/php/x.ini", "backdoor/shell-php medium var/lib/x"}, want: []string{"backdoor-prepended"}, action: policy.Block},
		"before every shell":       {cmd: []string{"/a"}, facts: []fact{"backdoor/env-hook medium config:env", "backdoor/shell-pipe low var/lib/.x"}, want: []string{"backdoor-hooked"}, action: policy.Block},
		"a hook by itself":         {cmd: []string{"/a"}, facts: []fact{"backdoor/env-hook medium config:env"}, action: policy.Allow},
		"a trojaned library":       {cmd: []string{"/usr/sbin/sshd", "-D"}, facts: []fact{"backdoor/liblzma-version medium usr/lib/liblzma.so.5.6.0"}, want: []string{"trojaned-library-served"}, action: policy.Block},
		"and no server of SSH":     {cmd: []string{"nginx"}, facts: []fact{"backdoor/liblzma-version medium usr/lib/liblzma.so.5.6.0"}, action: policy.Allow},
		"a key that is printed":    {cmd: []string{"/usr/sbin/sshd", "-D"}, facts: []fact{"sshkey/keys-command low etc/ssh/sshd_config", "sshkey/key-printed low usr/bin/k"}, want: []string{"key-printed-for-server"}, action: policy.Block},
		"a page that phishes":      {cmd: []string{"php-fpm8.2"}, facts: []fact{"malware/phishing-page medium var/www/html/a.php"}, want: []string{"web-shell-served"}, action: policy.Block},
		"a proxy's settings":       {cmd: []string{"python", "/s.py", "-c", "/etc/u.json"}, facts: []fact{"proxyavoid/user-config medium etc/u.json"}, want: []string{"proxy-settings-told"}, action: policy.Quarantine},
		"settings nobody names":    {cmd: []string{"python", "/s.py"}, facts: []fact{"proxyavoid/user-config medium var/u.json"}, action: policy.Allow},
		"open to everybody":        {cmd: []string{"httpd", "-DFOREGROUND"}, facts: []fact{"proxyavoid/open-proxy medium usr/local/apache2/conf/httpd.conf"}, want: []string{"proxy-open-to-all"}, action: policy.Quarantine},
		"a page for others":        {cmd: []string{"apache2-foreground"}, facts: []fact{"proxyavoid/web-proxy low var/www/html/b.php"}, want: []string{"proxy-page-shown"}, action: policy.Quarantine},
		"by make":                  {cmd: []string{"make", "scan"}, facts: []fact{"hackingtool/launch-named low Makefile"}, want: []string{"hacking-launched"}, action: policy.Quarantine},
		"an attack's settings":     {cmd: []string{"/srv/x", "/cs/a.profile"}, facts: []fact{"hackingtool/settings low cs/a.profile"}, want: []string{"hacking-told"}, action: policy.Quarantine},
		"settings nobody is told":  {cmd: []string{"/srv/x"}, facts: []fact{"hackingtool/settings low cs/a.profile"}, action: policy.Allow},
		"a page that sends on":     {cmd: []string{"apache2-foreground"}, facts: []fact{"hackingtool/phishing medium var/www/html/a.php"}, want: []string{"phishing-shown"}, action: policy.Quarantine},
		"make's are not started":   {cmd: []string{"/a"}, facts: []fact{"hackingtool/launch-named low usr/share/x/Makefile"}, action: policy.Allow},
		"a hook of Git":            {cmd: []string{"git", "pull"}, facts: []fact{"malware/x medium usr/share/git-core/templates/hooks/post-merge"}, want: []string{"malware-started"}, action: policy.Block},
		"a miner and a line":       {cmd: []string{"/a"}, facts: []fact{"miner/tool low opt/xmrig", "miner/launch medium etc/x.conf"}, want: []string{"miner-tool-and-launch"}, action: policy.Block},
		"what cannot be read":      {cmd: []string{"/a", "/opt/a.bin"}, facts: []fact{"inspect/gap low opt/a.bin"}, want: []string{"unread-started"}, action: policy.Quarantine},
		"a key at the start":       {cmd: []string{"/a.sh"}, facts: []fact{"sshkey/authorized-by-command medium a.sh"}, want: []string{"key-by-start"}, action: policy.Block},
		"a known password":         {cmd: []string{"/usr/sbin/sshd"}, facts: []fact{"sshkey/open-server low etc/ssh/sshd_config", "backdoor/root-password medium etc/shadow"}, want: []string{"open-server-and-password"}, action: policy.Block},
		"a password at the start":  {cmd: []string{"/usr/sbin/sshd"}, facts: []fact{"backdoor/open-server-by-command low a.sh", "backdoor/password-by-command medium a.sh"}, want: []string{"open-server-and-password-by-command"}, action: policy.Block},
		"a password for telnet":    {cmd: []string{"telnetd"}, facts: []fact{"backdoor/root-password medium etc/shadow"}, want: []string{"password-served"}, action: policy.Block},
		"no password is asked":     {cmd: []string{"/usr/sbin/sshd"}, facts: []fact{"backdoor/password-not-asked medium etc/ssh/sshd_config", "backdoor/password-removed medium config:history"}, want: []string{"no-password-served"}, action: policy.Block},
		"a server led out":         {cmd: []string{"sh", "-c", "/usr/sbin/sshd; /a.sh"}, facts: []fact{"backdoor/way-in low a.sh", "backdoor/root-password medium etc/shadow"}, want: []string{"server-led-out"}, action: policy.Block},
		"a tunnel alone":           {cmd: []string{"sh", "-c", "/usr/sbin/sshd; /a.sh"}, facts: []fact{"backdoor/way-in low a.sh"}, action: policy.Allow},
		"tracks are covered":       {cmd: []string{"/a.sh"}, facts: []fact{"backdoor/covered-tracks medium a.sh", "backdoor/immutable medium a.sh"}, want: []string{"backdoor-covered", "backdoor-hidden"}, action: policy.Block},
		"another trace":            {cmd: []string{"/a.sh"}, facts: []fact{"backdoor/x medium a.sh", "malware/y medium var/lib/b"}, want: []string{"backdoor-hidden"}, action: policy.Block},
		"a stranger's resolver":    {cmd: []string{"/a.sh"}, facts: []fact{"dnshijack/resolver medium a.sh"}, want: []string{"resolver-changed-at-start"}, action: policy.Block},
		"a program that leads":     {cmd: []string{"node", "/app.js"}, facts: []fact{"forwarder/page medium app.js"}, want: []string{"forwarder-program-started"}, action: policy.Quarantine},
		"told a young domain":      {cmd: []string{"/a"}, facts: []fact{"young/url medium config:env"}, want: []string{"new-domain-in-config"}, action: policy.Quarantine},
		"told a dynamic name":      {cmd: []string{"/a"}, facts: []fact{"dynamic/url medium config:env"}, want: []string{"dynamic-dns-in-config"}, action: policy.Quarantine},
		"settings below it":        {cmd: []string{"/srv2/agent"}, facts: []fact{"dynamic/url medium srv2/data/a.json"}, want: []string{"dynamic-dns-at-start"}, action: policy.Quarantine},
		"malware":                  {cmd: []string{"/a"}, facts: []fact{"malware/x medium a"}, want: []string{"malware-started"}, action: policy.Block},
		"a module of what starts":  {cmd: []string{"python", "/app/main.py"}, facts: []fact{"malware/ransom-note medium app/locker/note.py"}, want: []string{"malware-beside"}, action: policy.Block},
		"one that is not beside":   {cmd: []string{"python", "/app/main.py"}, facts: []fact{"malware/ransom-note medium usr/lib/x/note.py"}, action: policy.Allow},
		"from where it works":      {cmd: []string{"python", "main.py"}, facts: []fact{"malware/ransom-note medium app/locker/note.py"}, want: []string{"malware-beside"}, action: policy.Block},
		"secrets are sent away":    {cmd: []string{"/b"}, facts: []fact{"malware/exfil low a", "secret/aws medium b"}, want: []string{"secrets-sent-away"}, action: policy.Block},
		"an imitated name":         {cmd: []string{"x"}, facts: []fact{"name/official-elsewhere low", "dynamic/url medium opt/x.conf"}, want: []string{"imitated-name-and-more"}, action: policy.Quarantine},

		"told where, any name":    {cmd: []string{"sh", "/e.sh"}, facts: []fact{"forwarder/onward low e.sh", "forwarder/address low config:env"}, want: []string{"forwarder-told-onward"}, action: policy.Quarantine},
		"a page in a folder told": {entrypoint: []string{"busybox", "httpd", "-f", "-h", "/pub"}, facts: []fact{"forwarder/page medium pub/index.html"}, want: []string{"forwarder-program-started"}, action: policy.Quarantine},
		"a page in no folder":     {entrypoint: []string{"busybox", "httpd", "-f", "-h", "/pub"}, facts: []fact{"forwarder/page medium var/lib/x/index.html"}, action: policy.Allow},
		"a page where it works":   {cmd: []string{"python3", "-m", "http.server", "80"}, facts: []fact{"forwarder/page medium w/index.html"}, want: []string{"forwarder-program-started"}, action: policy.Quarantine},
		"a program that is told":  {cmd: []string{"node", "/app.js"}, facts: []fact{"forwarder/variable low app.js", "forwarder/target low config:env"}, want: []string{"forwarder-told-at-start"}, action: policy.Quarantine},
		"told by a variable":      {entrypoint: []string{"sh", "-c", "echo $J | base64 -d | sh"}, facts: []fact{"hackingtool/attack medium config:env", "backdoor/decode-and-run low config:entrypoint"}, want: []string{"hacking-launched-by-variable"}, action: policy.Quarantine},
		"told where, by php":      {cmd: []string{"php", "-S", "0.0.0.0:80", "/app/r.php"}, facts: []fact{"forwarder/page medium app/r.php"}, want: []string{"forwarder-program-started"}, action: policy.Quarantine},
		"by what which says":      {entrypoint: []string{"sh", "-c", "exec $(which squid) -N"}, facts: []fact{"proxyavoid/open-proxy medium etc/squid/squid.conf"}, want: []string{"proxy-settings-started", "proxy-settings-told"}, action: policy.Quarantine},
		"squid is started":        {cmd: []string{"squid", "-N"}, facts: []fact{"proxyavoid/tool-squid low usr/sbin/squid"}, want: []string{"proxy-started"}, action: policy.Quarantine},
		"squid with an allowlist": {cmd: []string{"/r.sh"}, facts: []fact{"proxyavoid/launch-squid low r.sh", "proxyavoid/tool-squid low usr/sbin/squid", "proxyavoid/squid-limited low etc/squid/squid.conf"}, action: policy.Allow},
		"and with other settings": {cmd: []string{"/r.sh"}, facts: []fact{"proxyavoid/launch-squid low r.sh", "proxyavoid/squid-limited low etc/squid/squid.conf", "proxyavoid/squid-open low opt/s.conf"}, want: []string{"proxy-launched"}, action: policy.Quarantine},
		"and with settings of it": {cmd: []string{"/r.sh"}, facts: []fact{"proxyavoid/launch-squid low r.sh", "proxyavoid/squid-limited low etc/squid/squid.conf", "proxyavoid/squid-elsewhere low r.sh"}, want: []string{"proxy-launched"}, action: policy.Quarantine},
		"tor beside an allowlist": {cmd: []string{"/r.sh"}, facts: []fact{"proxyavoid/launch low r.sh", "proxyavoid/squid-limited low etc/squid/squid.conf"}, want: []string{"proxy-launched"}, action: policy.Quarantine},
		"another one's allowlist": {cmd: []string{"/r.sh"}, facts: []fact{"proxyavoid/launch-squid low r.sh", "proxyavoid/tinyproxy-limited low etc/tinyproxy/tinyproxy.conf"}, want: []string{"proxy-launched"}, action: policy.Quarantine},
		"rules are looked for":    {cmd: []string{"falco", "-r", "/etc/r.yaml"}, facts: []fact{"backdoor/shell-dev-tcp low etc/r.yaml"}, action: policy.Allow},
		"rules are run":           {cmd: []string{"bash", "/etc/r.yaml"}, facts: []fact{"backdoor/shell-dev-tcp low etc/r.yaml"}, want: []string{"backdoor-named-as-rules"}, action: policy.Block},

		"proof is not raised again": {cmd: []string{"/a.sh"}, facts: []fact{"miner/launch-line high a.sh"}, action: policy.Block},
	} {
		for _, id := range x.want {
			shown[id] = true
		}
		t.Run(name, func(t *testing.T) {
			v := x.decide(t)
			if diff := cmp.Diff(x.want, correlations(v)); diff != "" || v.Action != x.action {
				t.Errorf("%s, want %s; correlations (-want +got)\n%s", v.Action, x.action, diff)
			}
		})
	}
	for _, id := range policy.Correlations() {
		if !shown[id] {
			t.Errorf("no example of %s", id)
		}
	}
}

// A config tells what its healthcheck runs, and what it has programs load first, by its report.
func TestScriptsOfAConfig(t *testing.T) {
	for _, tt := range []struct {
		at   string
		want policy.Action
	}{{"config:healthcheck", policy.Block}, {"config:env", policy.Block}, {"config:labels", policy.Allow}} {
		s, ev := imageOf(1)
		ev.Reports[1].Config.Cmd = []string{"nginx"}
		ev.Reports[1].Scripts = []inspect.Script{{Path: tt.at, Runs: []string{"/opt/x"}}}
		f := fact("backdoor/shell-x medium opt/x").finding(t)
		f.Layer = ev.Reports[2].Digest
		ev.Reports[2].Findings = []inspect.Finding{f}
		if v := newPolicy(t, policy.Enforce, names{}).Decide(s, ev, nil); v.Action != tt.want {
			t.Errorf("%s: %s, want %s", tt.at, v.Action, tt.want)
		}
	}
}

func TestEvidenceNamesTheFacts(t *testing.T) {
	v := example{cmd: []string{"/opt/a\x1b"}, facts: []fact{"engine/packed low opt/a\x1b", "miner/mention low opt/a.conf"}}.decide(t)
	i := slices.IndexFunc(v.Found, func(f inspect.Finding) bool { return f.Rule == "correlation/packed-miner" })
	if i < 0 {
		t.Fatalf("found %+v", v.Found)
	}
	want := inspect.Finding{
		Rule: "correlation/packed-miner", Category: inspect.Miner, Severity: inspect.Critical, Confidence: inspect.High,
		Layer: oci.DigestOf([]byte("layer 0")), Path: "opt/a\x1b", CreatedBy: "RUN step 0",
		Evidence: "engine/packed in opt/a., which the image starts; miner/mention in opt/a.conf",
	}
	if diff := cmp.Diff(want, v.Found[i]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	long := strings.Repeat("é", 150)
	v = example{cmd: []string{"/" + long}, facts: []fact{fact("malware/x medium " + long)}}.decide(t)
	if got := v.Found[len(v.Found)-1].Evidence; len(got) > inspect.MaxEvidence || !strings.HasPrefix(got, "malware/x in éé") || !strings.HasSuffix(got, "é…") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

// An excused fact takes part in no correlation, and a derived finding can be excused itself.
func TestExceptionsAndCorrelations(t *testing.T) {
	x := example{
		entrypoint: []string{"/run.sh"}, facts: []fact{"proxyavoid/launch medium run.sh", "proxyavoid/tool low usr/bin/tor", "miner/binary medium opt/b", "miner/mention low etc/x.conf"},
	}
	for name, tt := range map[string]struct {
		ex   []policy.Exception
		want policy.Action
	}{
		"none":                  {nil, policy.Block},
		"the pool":              {[]policy.Exception{{Rule: "miner/mention"}}, policy.Quarantine},
		"what is derived":       {[]policy.Exception{{Rule: "correlation/miner-and-pool"}}, policy.Quarantine},
		"where it is":           {[]policy.Exception{{Path: "opt/b"}}, policy.Quarantine},
		"all facts":             {[]policy.Exception{{Rule: "miner/mention"}, {Rule: "proxyavoid/launch"}}, policy.Allow},
		"a derived and another": {[]policy.Exception{{Rule: "miner/binary"}, {Rule: "correlation/proxy-launched", Path: "run.sh"}}, policy.Allow},
	} {
		if v := x.decide(t, tt.ex...); v.Action != tt.want {
			t.Errorf("%s: %s, want %s: %v", name, v.Action, tt.want, correlations(v))
		}
	}
}

// While the report that may say what a proxy is limited to is missing, the proxy proves
// nothing; and that report cannot be excused away.
func TestLimitsAreAwaited(t *testing.T) {
	x := example{cmd: []string{"/r.sh"}, facts: []fact{"proxyavoid/launch-squid low r.sh", "proxyavoid/squid-limited low etc/squid/squid.conf"}}
	if v := x.decide(t, policy.Exception{Rule: "proxyavoid/squid-limited"}); v.Action != policy.Allow {
		t.Errorf("with the limit excused: %s, %v", v.Action, correlations(v))
	}
	for have, want := range map[int]policy.Action{3: policy.Stream, 2: policy.Stream} {
		s, ev := imageOf(2)
		ev.Reports[1].Config.Cmd = x.cmd
		f := x.facts[0].finding(t)
		f.Layer = ev.Reports[2].Digest
		ev.Reports[2].Findings = append(ev.Reports[2].Findings, f)
		ev.Reports = ev.Reports[:have]
		v := newPolicy(t, policy.Enforce, names{}).Decide(s, ev, nil)
		if v.Action != want || len(v.Missing) == 0 {
			t.Errorf("with %d reports: %s, want %s; missing %v", have, v.Action, want, v.Missing)
		}
	}
}
