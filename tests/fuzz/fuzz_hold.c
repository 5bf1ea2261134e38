/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to lithos_hold, one a line, and what their names mean; and what programs send to say that they are ready. */
#include "tests/fuzz/fuzz.h"

#include "supervise/hold.h"
#include "supervise/hold_name.h"
#include "supervise/hold_serve.h"
#include "supervise/notify.h"

#include <fcntl.h>
#include <unistd.h>

static void judge_set(const struct held_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct hold_name n;

		MUST(held_is_name(s->v[i].name, strlen(s->v[i].name)) && s->v[i].fd >= 0);
		MUST(i == 0 || strcmp(s->v[i - 1].name, s->v[i].name) < 0);
		MUST(held_find(s, s->v[i].name) == s->v[i].fd);
		if (hold_name_parse(s->v[i].name, &n))
			MUST(n.kind == HOLD_TCP ? !*n.id || desired_is_id(n.id) : desired_is_id(n.id));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_held struct held_set s = { 0 };
	const bool ready = notify_says_ready((const char *)data, size);

	MUST(!ready || memmem(data, size, "READY=1", 7));
	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		const size_t n = end ? (size_t)(end - data) : size;
		/* Some requests come without a descriptor. */
		const int fd = n % 3 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
		char *copy = malloc(n + 1);
		int rc;

		MUST(copy);
		memcpy(copy, data, n);
		rc = n <= HOLD_MESSAGE_MAX && s.n < 64 ? hold_request(&s, copy, n, fd) : (close(fd), -EINVAL);
		MUST(rc == 0 || rc == -EINVAL);
		free(copy);
		data += n + (end != NULL);
		size -= n + (end != NULL);
	}
	judge_set(&s);
	return 0;
}
