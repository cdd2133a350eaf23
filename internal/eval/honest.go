package main

import (
	"strings"

	"github.com/lazaret/lazaret/internal/testimage"
)

// honestImages are what organisations build and run every day.
func honestImages() map[string]testimage.Spec {
	image := func(entrypoint, cmd []string, files ...testimage.File) testimage.Spec {
		s := testimage.Clean("honest", 4000)
		s.Entrypoint, s.Cmd = entrypoint, cmd
		if len(files) > 0 {
			add(&s, "gzip", files...)
		}
		return s
	}
	history := func(s testimage.Spec, lines ...string) testimage.Spec {
		s.ExtraHistory = append(s.ExtraHistory, lines...)
		return s
	}
	tool := func(names ...string) []testimage.File {
		g := newGen("honest tools")
		var out []testimage.File
		for _, n := range names {
			out = append(out, program("usr/bin/"+n, g.elf(n, "usage: "+n+" [options]")))
		}
		return out
	}
	ads := "127.0.0.1 localhost\n"
	for i := range 400 {
		ads += "0.0.0.0 ads." + listed("honest ads", i) + "\n"
	}
	env := func(s testimage.Spec, env ...string) testimage.Spec { s.Env = append(s.Env, env...); return s }
	return map[string]testimage.Spec{
		"nginx":     history(image([]string{"/docker-entrypoint.sh"}, []string{"nginx", "-g", "daemon off;"}, script("docker-entrypoint.sh", "set -e\nif [ -d /docker-entrypoint.d ]; then for f in /docker-entrypoint.d/*.sh; do . \"$f\"; done; fi\nexec \"$@\"")), "RUN /bin/sh -c apt-get update && apt-get install -y curl gnupg && curl -fsSL https://nginx.org/keys/nginx_signing.key | gpg --dearmor > /usr/share/keyrings/nginx.gpg # buildkit"),
		"gateway":   image(nil, []string{"nginx"}, file("etc/nginx/conf.d/default.conf", "upstream api { server api:8080; }\nserver {\n  listen 80;\n  server_name shop.local;\n  location / { root /usr/share/nginx/html; try_files $uri /index.html; }\n  location /api/ { proxy_pass http://api; proxy_set_header Host $host; }\n}\n")),
		"tls":       image(nil, []string{"nginx"}, file("etc/nginx/conf.d/default.conf", "server { listen 80; return 301 https://$host$request_uri; }\nserver { listen 443 ssl; location / { proxy_pass http://app:3000; } }\n")),
		"apache":    image(nil, []string{"apache2-foreground"}, file("etc/apache2/sites-enabled/000-default.conf", "<VirtualHost *:80>\n DocumentRoot /var/www/html\n RewriteEngine On\n RewriteCond %{HTTPS} off\n RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]\n</VirtualHost>\n")),
		"haproxy":   image(nil, []string{"haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"}, file("usr/local/etc/haproxy/haproxy.cfg", "frontend f\n bind *:80\n default_backend web\nbackend web\n server a web1:8080 check\n server b 10.0.0.5:8080 check\n")),
		"postgres":  env(image([]string{"docker-entrypoint.sh"}, []string{"postgres"}, script("usr/local/bin/docker-entrypoint.sh", "set -Eeo pipefail\nif [ \"$(id -u)\" = 0 ]; then exec gosu postgres \"$0\" \"$@\"; fi\nfile_env POSTGRES_PASSWORD\nexec \"$@\"")), "PGDATA=/var/lib/postgresql/data", "POSTGRES_PASSWORD_FILE=/run/secrets/pg"),
		"node":      history(image(nil, []string{"node", "server.js"}, file("app/server.js", "const http = require('http')\nhttp.createServer((q, s) => s.end('ok')).listen(process.env.PORT || 3000)\n")), "RUN /bin/sh -c curl -fsSL https://deb.nodesource.com/setup_20.x | bash - && apt-get install -y nodejs # buildkit"),
		"rust":      history(image(nil, []string{"/bin/bash"}), "RUN /bin/sh -c curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y # buildkit"),
		"sshd":      image([]string{"/usr/sbin/sshd", "-D"}, nil, file("etc/ssh/sshd_config", "Port 22\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n")),
		"pentest":   image(nil, []string{"/bin/bash"}, tool("nmap", "hydra", "masscan", "tcpdump", "hping3", "john", "sqlmap")...),
		"tools":     image(nil, []string{"/bin/sh"}, tool("tor", "squid", "dnsmasq", "proxychains4", "ss-server", "socat", "nc", "openvpn")...),
		"jenkins":   image([]string{"/usr/bin/tini", "--", "/usr/local/bin/jenkins.sh"}, nil, script("usr/local/bin/jenkins.sh", "exec java $JAVA_OPTS -jar /usr/share/jenkins/jenkins.war \"$@\"")),
		"adblock":   image(nil, []string{"dnsmasq", "-k"}, file("etc/hosts.ads", ads), file("etc/dnsmasq.conf", "no-resolv\nserver=1.1.1.1\nserver=9.9.9.9\naddn-hosts=/etc/hosts.ads\n")),
		"resolver":  image(nil, []string{"/app/run.sh"}, file("etc/resolv.conf", "nameserver 127.0.0.11\noptions ndots:0\n"), file("etc/hosts", "127.0.0.1 localhost\n172.17.0.2 3f2a1b\n")),
		"coredns":   image([]string{"/coredns"}, []string{"-conf", "/Corefile"}, file("Corefile", ".:53 {\n errors\n kubernetes cluster.local in-addr.arpa\n forward . /etc/resolv.conf\n cache 30\n}\n")),
		"cron":      image(nil, []string{"cron", "-f"}, file("etc/cron.d/backup", "0 3 * * * root pg_dump -h db app | gzip > /backup/app.sql.gz\n*/5 * * * * root curl -fsS https://hc-ping.com/uuid > /dev/null\n")),
		"health":    image(nil, []string{"/app/run.sh"}, script("usr/local/bin/healthcheck", "curl -fsS http://localhost:8080/health || exit 1")),
		"wait":      image([]string{"/wait.sh"}, []string{"db:5432"}, script("wait.sh", "until (echo > /dev/tcp/${1%:*}/${1#*:}) 2>/dev/null; do sleep 1; done\nexec /app/run.sh")),
		"users":     image(nil, []string{"su", "app"}, file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\napp:x:1000:1000::/home/app:/bin/sh\n"), file("etc/sudoers.d/app", "app ALL=(ALL) NOPASSWD: ALL\n")),
		"installer": history(image(nil, []string{"/bin/sh"}), "RUN /bin/sh -c curl -sSL https://install.python-poetry.org | python3 - # buildkit", "RUN /bin/sh -c wget -qO- https://get.docker.com | sh # buildkit"),
		"landing":   image(nil, []string{"nginx"}, file("usr/share/nginx/html/index.html", "<!doctype html><title>Shop</title><meta http-equiv=\"refresh\" content=\"300\"><script>if(location.protocol!=='https:'){location.href='https:'+location.href.slice(5)}</script><a href=\"https://www.example.com/\">us</a>\n")),
		"vpn":       image(nil, []string{"openvpn", "--config", "/etc/openvpn/server.conf"}, file("etc/openvpn/server.conf", "port 1194\nproto udp\ndev tun\nserver 10.8.0.0 255.255.255.0\n")),
		"data":      image(nil, []string{"python3", "-m", "app"}, file("app/logo.txt", strings.Repeat("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", 40)), file("app/__main__.py", "import base64, zlib\nblob = zlib.decompress(base64.b64decode(open('/data/x').read()))\nprint(len(blob))\n")),
		"mining":    image(nil, []string{"node", "explorer.js"}, file("app/README.md", "# Explorer\n\nShows blocks of a Monero pool. Miners connect to `stratum+tcp://pool.example.com:3333` with their wallet.\n"), file("app/explorer.js", "const wallets = require('./wallets')\nmodule.exports = { algo: 'randomx', subscribe: 'mining.subscribe' }\n")),
	}
}
