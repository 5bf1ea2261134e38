# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Lays what `cist explain` says beside what a run did:
#
#	awk -f explain-order.awk ACTS HOST-TRACE INIT-TRACE...
#
# ACTS has a line for each act: side, step and sentence, with tabs between them. The traces are those of
# strace -ff -y -s 4096, one for each process, the host's first. Both become lists of events for the host
# and for the init: each mount, change of a mount, device, symlink, directory of a cgroup, replaced state file
# and write to procfs or a cgroup; and a few calls around them. The lists have to be the same, in the same
# order; an event that is only explained for the case that something exists or is missing may be left out.

BEGIN { FS = "\t" }

FNR == 1 { file++ }
file == 1 { explained($1, $2, $3); next }
{ traced(file == 2 ? "host" : "init", $0) }

END { compare("host"); compare("init"); exit failed > 0 }

# ---- what is explained ----------------------------------------------------------------------

function want(event) { wanted[side, ++n_wanted[side]] = event }
function may(event) { want(event); optional[side, n_wanted[side]] = 1 }

# What is left of s without the text at its beginning, up to the separator; head is what stood there.
function cut(s, beginning, separator,   at)
{
	s = substr(s, length(beginning) + 1)
	at = separator == "" ? 0 : index(s, separator)
	head = at ? substr(s, 1, at - 1) : s
	return at ? substr(s, at + length(separator)) : ""
}

function begins(s, text) { return substr(s, 1, length(text)) == text }

# Calls on a mount: "rslave, ro, attach, rprivate".
function calls(what, place, list,   n, i, word)
{
	mount_on[place] = what
	n = split(list, word, ", ")
	for (i = 1; i <= n; i++)
		want(word[i] == "attach" ? "attach " what " on " place : "change " what " " word[i])
}

function explained_write(does,   value, rest)
{
	rest = cut(does, "write ", " to ")
	value = head
	if (rest ~ /, where it is not on$/) {
		sub(/, where it is not on$/, "", rest)
		may("write " rest " = ANYTHING")
	} else if (index(rest, ", or where that is missing ")) {
		rest = cut(rest, "", ", or where that is missing ")
		may("write " head " = " value)
		may("write ANYTHING")
	} else if (rest == "") {
		want("replace " value)
	} else {
		want("write " rest " = " value)
	}
}

function explained_mount(does,   rest, type, place, options)
{
	if (begins(does, "mount the root file system on ")) {
		rest = cut(does, "mount the root file system on ", ": ")
		root = head
		calls(root, "/", rest)
		return
	}
	rest = cut(does, "mount ", " on "); type = head
	rest = cut(rest, "", " ("); place = head
	rest = cut(rest, "", ")"); options = head
	rest = cut(rest, "", ": ")
	if (place != own_proc)
		want("new " type " " options)
	calls("new " type, place, rest)
}

function explained_bind(does,   source, rest)
{
	if (begins(does, "bind the host's ")) {
		rest = cut(does, "bind the host's ", " on ")
		want("attach " head " on " rest)
		return
	}
	rest = cut(does, "bind ", " on "); source = head
	rest = cut(rest, "", ": ")
	sub(/, or copy the symlink$/, "", head)
	calls(source, head, rest)
}

function explained_make(does,   path, part)
{
	if (begins(does, "make a new ")) {
		cut(does, "make a new ", " namespace")
		if (side == "init" && (head == "cgroup" || head == "time"))
			want("unshare " head)
		else
			fresh[head] = 1
	} else if (begins(does, "make the proc for ")) {
		cut(does, "make the proc for ", ",")
		own_proc = head
		want("new proc ANYTHING")
	} else if (does == "make a proc of the runtime's own") {
		may("new proc ANYTHING")
	} else if (begins(does, "make all mounts ")) {
		want("propagate / " substr(does, 17))
	} else if (does == "make / read-only") {
		want("change / ro")
	} else if (begins(does, "make / ")) {
		want("propagate / " substr(does, 8))
	} else if (begins(does, "make the mount on ")) {
		cut(does, "make the mount on ", " read-only")
		want("change " mount_on[head] " ro")
	} else if (does ~ / read-only with all below it, where it exists$/) {
		cut(does, "make ", " read-only")
		may("clone " head)
		may("change clone of " head " rro")
		may("attach clone of " head " on " head)
	} else if (split(does, part, " ") >= 4 && part[2] ~ /^\// && (part[3] ~ /^[cb]$/ || part[3] == "p")) {
		want("mknod " part[2] " " part[3] (part[3] == "p" ? "" : " " part[4]))
	}
}

function explained_mask(does)
{
	cut(does, "mask ", ", where")
	may("new tmpfs ro,nosuid,nodev,noexec,nr_blocks=1,nr_inodes=2")
	may("clone ANYTHING")
	may("attach ANYTHING on " head)
}

# The kinds that one clone3(2) makes.
function kinds(set,   order, n, i, text)
{
	n = split("user mount pid network ipc uts", order, " ")
	for (i = 1; i <= n; i++)
		if (order[i] in set)
			text = text " " order[i]
	return text
}

function explained_open(does,   deep, private)
{
	deep = sub(/ with all below it$/, "", does)
	private = sub(/, private$/, "", does)
	sub(/^open (the (root file system|cgroup|device|procfs) )?/, "", does)
	want("open " does (deep ? " and all below" : ""))
	if (private)
		want("change " does " private")
}

function explained_other(does, step)
{
	if (begins(does, "open ") && step == "open sources") {
		explained_open(does)
	} else if (begins(does, "mkdir ")) {
		if (sub(/, where it is missing$/, "", does))
			may(does)
		else
			want(does)
	} else if (begins(does, "copy cpuset.cpus ")) {
		cut(does, "copy cpuset.cpus and cpuset.mems into ", ",")
		may("write " head "/cpuset.cpus = ANYTHING")
		may("write " head "/cpuset.mems = ANYTHING")
	} else if (begins(does, "clone3")) {
		want("clone3" kinds(fresh))
		split("", fresh)
	} else if (begins(does, "link ")) {
		want("sym" does)
	} else if (begins(does, "set the ")) {
		sub(/^set the /, "", does)
		want(does)
	} else if (begins(does, "pivot_root ")) {
		want("pivot_root"); want("propagate . rslave"); want("umount .")
	} else if (begins(does, "join the ") && does ~ / namespace /) {
		want("setns")
	} else if (begins(does, "load ") && side == "init") {
		cut(does, "load ", " ")
		want("filter " head)
	} else if (does == "setsid" || does == "listen on gate" || does ~ /^execve / || does ~ /PR_SET_NO_NEW_PRIVS$/) {
		sub(/^prctl /, "", does)
		want(does)
	}
}

function explained(on, step, does)
{
	side = on
	if (begins(does, "write ") && does != "write the pid file, if one is given")
		explained_write(does)
	else if (begins(does, "mount "))
		explained_mount(does)
	else if (begins(does, "bind "))
		explained_bind(does)
	else if (begins(does, "make "))
		explained_make(does)
	else if (begins(does, "mask "))
		explained_mask(does)
	else
		explained_other(does, step)
}

# ---- what was traced ------------------------------------------------------------------------

function did(event) { done[side, ++n_done[side]] = event }

# Quoted texts of a line into quoted[1...]; the number of them.
function quotes(line,   n)
{
	n = 0
	while (match(line, /"([^"\\]|\\.)*"/)) {
		quoted[++n] = substr(line, RSTART + 1, RLENGTH - 2)
		line = substr(line, RSTART + RLENGTH)
	}
	return n
}

# The path in the angle brackets that come first in s, as the container sees it.
function path_of(s)
{
	if (!match(s, /<[^>]*>/))
		return ""
	s = substr(s, RSTART + 1, RLENGTH - 2)
	if (side == "init" && root != "" && (s == root || begins(s, root "/")))
		s = substr(s, length(root) + 1)
	return s == "" ? "/" : s
}

# Directory and name of an ...at(2) call.
function joined(dir, name) { return (dir == "/" ? "" : dir) "/" name }

# The number of the first descriptor in s.
function fd_of(s) { return match(s, /[0-9]+</) ? substr(s, RSTART, RLENGTH - 1) : "" }

# What is behind a descriptor: what it was made from, or its path.
function object(s,   fd)
{
	fd = fd_of(s)
	if ((side, fd) in made)
		return made[side, fd]
	if (side == "init" && !((side, fd) in other) && ("host", fd) in made)
		return made["host", fd]
	return path_of(s)
}

function flag_words(set, clear, prefix, separator,   names, words, i, n, text)
{
	n = split("RDONLY NOSUID NODEV NOEXEC NODIRATIME NOSYMFOLLOW NOATIME STRICTATIME", names, " ")
	split("ro nosuid nodev noexec nodiratime nosymfollow noatime strictatime", words, " ")
	split("rw suid dev exec diratime symfollow", cleared, " ")
	for (i = 1; i <= n; i++) {
		if (set ~ ("MOUNT_ATTR_" names[i] "([|, )]|$)"))
			text = text separator prefix words[i]
		else if (i <= 6 && clear ~ ("MOUNT_ATTR_" names[i] "([|, )]|$)"))
			text = text separator prefix cleared[i]
	}
	if (clear ~ /MOUNT_ATTR_(_ATIME|NOATIME)/ && set !~ /(NOATIME|STRICTATIME)/)
		text = text separator prefix "relatime"
	return substr(text, length(separator) + 1)
}

function propagation(flags, deep,   name)
{
	name = flags ~ /MS_PRIVATE/ ? "private" : flags ~ /MS_SLAVE/ ? "slave" : flags ~ /MS_SHARED/ ? "shared" : \
	       flags ~ /MS_UNBINDABLE/ ? "unbindable" : ""
	return name == "" ? "" : (deep ? "r" : "") name
}

function traced_change(line,   set, clear, spread, deep, words)
{
	set = line; sub(/.*attr_set=/, "", set); sub(/, attr_clr=.*/, "", set)
	clear = line; sub(/.*attr_clr=/, "", clear); sub(/, propagation=.*/, "", clear)
	spread = line; sub(/.*propagation=/, "", spread); sub(/, userns_fd.*/, "", spread)
	deep = line ~ /AT_RECURSIVE/
	words = flag_words(set, clear, deep ? "r" : "", "+")
	spread = propagation(spread, deep)
	did("change " object(line) " " words (words != "" && spread != "" ? "+" : "") spread)
}

function traced_tree(line, fd,   from)
{
	if (line ~ /AT_EMPTY_PATH/) {
		from = path_of(line)
		made[side, fd] = "clone of " from
		did("clone " from)
	} else {
		quotes(line)
		made[side, fd] = quoted[1]
		did("open " quoted[1] (line ~ /AT_RECURSIVE/ ? " and all below" : ""))
	}
}

function traced_config(line,   fs, n)
{
	fs = fd_of(line)
	n = quotes(line)
	if (n >= 1 && quoted[1] != "source")
		params[fs] = params[fs] "," quoted[1] (n > 1 ? "=" quoted[2] : "")
}

function traced_fsmount(line, fd,   fs, words)
{
	fs = fd_of(line)
	words = flag_words(line, "", "", ",") params[fs]
	sub(/^,/, "", words)
	made[side, fd] = "new " type[fs]
	did("new " type[fs] " " (words == "" ? "defaults" : words))
}

function traced_move(line,   target)
{
	target = substr(line, index(line, "\"\",") + 3)
	did("attach " object(line) " on " path_of(target))
}

function hex(s,   i, n)
{
	s = tolower(s)
	if (!begins(s, "0x"))
		return s + 0
	for (i = 3; i <= length(s); i++)
		n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return n
}

function traced_mknod(line,   kind, numbers, part)
{
	kind = line ~ /S_IFCHR/ ? "c" : line ~ /S_IFBLK/ ? "b" : line ~ /S_IFIFO/ ? "p" : ""
	if (kind == "")
		return
	quotes(line)
	if (match(line, /makedev\([0-9a-fx]+, [0-9a-fx]+\)/)) {
		split(substr(line, RSTART + 8, RLENGTH - 9), part, ", ")
		numbers = " " hex(part[1]) ":" hex(part[2])
	}
	did("mknod " joined(path_of(line), quoted[1]) " " kind numbers)
}

function traced_write(line,   path, n, i, row)
{
	path = path_of(line)
	if (path !~ /^\/(sys\/fs\/cgroup|proc)\//)
		return
	sub(/^\/proc\/[0-9]+\//, side == "host" ? "/proc/PID/" : "/proc/self/", path)
	quotes(line)
	if (path ~ /\/cgroup.procs$/)
		quoted[1] = "PID"
	sub(/\\n$/, "", quoted[1])
	n = split(quoted[1], row, /\\n/)
	for (i = 1; i <= n; i++)
		did("write " path " = " row[i])
}

function traced_clone(line,   set)
{
	split("", set)
	if (line ~ /CLONE_NEWUSER/) set["user"] = 1
	if (line ~ /CLONE_NEWNS/) set["mount"] = 1
	if (line ~ /CLONE_NEWPID/) set["pid"] = 1
	if (line ~ /CLONE_NEWNET/) set["network"] = 1
	if (line ~ /CLONE_NEWIPC/) set["ipc"] = 1
	if (line ~ /CLONE_NEWUTS/) set["uts"] = 1
	did("clone3" kinds(set))
}

function traced(on, line,   call, result)
{
	side = on
	call = line; sub(/\(.*/, "", call)
	if (line !~ / = [0-9]+(<.*)?$/ && !(call == "execve" && line ~ / = 0$/))
		return
	result = line; sub(/.*[)] += /, "", result); sub(/<.*/, "", result)

	if (call == "openat" || call == "openat2") { delete made[side, result]; other[side, result] = 1 }
	else if (call == "open_tree") traced_tree(line, result)
	else if (call == "fsopen") { quotes(line); type[result] = quoted[1]; params[result] = "" }
	else if (call == "fsconfig") traced_config(line)
	else if (call == "fsmount") traced_fsmount(line, result)
	else if (call == "move_mount") traced_move(line)
	else if (call == "mount_setattr") traced_change(line)
	else if (call == "mknodat") traced_mknod(line)
	else if (call == "write") traced_write(line)
	else if (call == "clone3") traced_clone(line)
	else traced_name(call, line)
}

function traced_name(call, line)
{
	quotes(line)
	if (call == "symlinkat") did("symlink " joined(path_of(line), quoted[2]) " to " quoted[1])
	else if (call == "mkdirat" && path_of(line) ~ /^\/sys\/fs\/cgroup/ && side == "host")
		did("mkdir " joined(path_of(line), quoted[1]))
	else if (call == "renameat") did("replace " quoted[2])
	else if (call == "mount") did("propagate " quoted[1] " " propagation(line, line ~ /MS_REC/))
	else if (call == "umount2") did("umount " quoted[1])
	else if (call == "pivot_root") did("pivot_root")
	else if (call == "setsid") did("setsid")
	else if (call == "setns") did("setns")
	else if (call == "sethostname") did("host name " quoted[1])
	else if (call == "setdomainname") did("domain name " quoted[1])
	else if (call == "bind" && line ~ /\/gate"/) did("listen on gate")
	else if (call == "unshare") did("unshare " (line ~ /CLONE_NEWCGROUP/ ? "cgroup" : "time"))
	else if (call == "prctl" && line ~ /PR_SET_NO_NEW_PRIVS/) did("PR_SET_NO_NEW_PRIVS")
	else if (call == "seccomp" && match(line, /len=[0-9]+/)) did("filter " substr(line, RSTART + 4, RLENGTH - 4))
	else if (call == "execve" && side == "init") did("execve " quoted[2])
}

# ---- both -----------------------------------------------------------------------------------

# ANYTHING in what is explained stands for any text.
function fits(pattern, event,   at, rest)
{
	at = index(pattern, "ANYTHING")
	if (!at)
		return pattern == event
	rest = substr(pattern, at + 8)
	return begins(event, substr(pattern, 1, at - 1)) && length(event) >= length(pattern) - 8 && \
	       substr(event, length(event) - length(rest) + 1) == rest
}

function compare(on,   e, t, matched)
{
	e = 1
	for (t = 1; t <= n_done[on]; t++) {
		while (e <= n_wanted[on] && optional[on, e] && !fits(wanted[on, e], done[on, t]))
			e++
		if (e > n_wanted[on] || !fits(wanted[on, e], done[on, t])) {
			print on ": explained: " (e > n_wanted[on] ? "(the end)" : wanted[on, e])
			print on ": done:      " done[on, t]
			failed++
			return
		}
		e++
		matched++
	}
	for (; e <= n_wanted[on]; e++)
		if (!optional[on, e]) {
			print on ": explained, not done: " wanted[on, e]
			failed++
			return
		}
	print on ": " matched " events as explained"
}
