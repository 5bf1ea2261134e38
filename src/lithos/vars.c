/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lithos/vars.h"

#include "base/text.h"
#include "lithos/allow.h"
#include "lithos/number.h"
#include "lithos/yaml.h"

#include <errno.h>
#include <string.h>

#define BLANKS " \t\r\n\v\f"
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* ---- substitution as such ---- */

/* A text is a row of pieces: literal ones and names of variables. */
struct piece {
	const char *text;
	size_t len;
	bool name;
};

/* The piece at *text, which is moved behind it; false at the end. */
static bool next_piece(const char **text, struct piece *ret)
{
	const char *from = *text, *open = strstr(from, "@{"), *close = open ? strchr(open, '}') : NULL;

	if (!*from)
		return false;
	if (!close) {
		*ret = (struct piece){ from, strlen(from), false };
		*text = from + ret->len;
		return true;
	}
	if (open > from) {
		*ret = (struct piece){ from, (size_t)(open - from), false };
		*text = open;
		return true;
	}
	*text = close + 1;
	for (open += 2; open < close && strchr(BLANKS, *open); open++)
		;
	for (; close > open && strchr(BLANKS, close[-1]); close--)
		;
	*ret = (struct piece){ open, (size_t)(close - open), true };
	return true;
}

/* What a piece becomes: its value for a name. */
static struct piece value_of(const struct vars_set *set, struct piece p)
{
	const char *value = p.name ? set->look_up(set->arg, p.text, p.len) : NULL;

	if (!p.name)
		return p;
	return (struct piece){ value, value ? strlen(value) : 0, false };
}

/* How long the result will be; never so long that the sum of it overflows. */
static size_t measure(const struct vars_set *set, const char *text)
{
	struct piece p;
	size_t sum = 0;

	while (next_piece(&text, &p)) {
		const struct piece v = value_of(set, p);

		if (p.name && !v.text && set->unknown)
			set->unknown(set->arg, p.text, p.len);
		if (sum <= set->max)
			sum += v.len;
	}
	return sum;
}

int vars_substitute(const struct vars_set *set, const char *text, struct arena *a, const char **ret)
{
	const size_t len = measure(set, text);
	struct piece p;
	char *out, *at;

	if (len > set->max)
		return -E2BIG;
	out = at = arena_alloc(a, len + 1);
	if (!out)
		return -ENOMEM;
	while (next_piece(&text, &p)) {
		const struct piece v = value_of(set, p);

		if (v.len > 0)
			memcpy(at, v.text, v.len);
		at += v.len;
	}
	*at = '\0';
	*ret = out;
	return 0;
}

/* ---- the variables of an instance ---- */

static bool is_named(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && memcmp(name, text, len) == 0;
}

static const char *given(const struct vars *v, const char *name, size_t len)
{
	const struct lithos_process *p = v->process;

	for (size_t i = 0; i < p->n_variables; i++) {
		if (!is_named(p->variables[i].key, name, len))
			continue;
		v->used[i] = true;
		return p->variables[i].value;
	}
	return NULL;
}

const char *vars_given(const struct vars *v, const char *name)
{
	return given(v, name, strlen(name));
}

static bool is_declared(const struct vars *v, const char *name, size_t len)
{
	for (size_t i = 0; i < v->container->n_variables; i++)
		if (is_named(v->container->variables[i].name, name, len))
			return true;
	return false;
}

/* One call of vars_expand(). */
struct expansion {
	const struct vars *v;
	struct mark at;
};

static const char *look_up(void *arg, const char *name, size_t len)
{
	const struct expansion *x = arg;
	const char *value = given(x->v, name, len);

	if (value)
		return value;
	if (is_named("lithos:name", name, len))
		return x->v->instance;
	if (is_named("lithos:config_filename", name, len))
		return x->v->process->config;
	return NULL;
}

static void unknown(void *arg, const char *name, size_t len)
{
	const struct expansion *x = arg;

	if (is_named("lithos:pid", name, len))
		finding_error(x->v->f, x->at, "lithos:pid variable can only be used in environment as a sole value");
	else if (!is_declared(x->v, name, len))	/* else vars_check() has said that it has no value */
		finding_error(x->v->f, x->at, "unknown variable \"%.*s\"", (int)len, name);
}

int vars_expand(const struct vars *v, const char *text, struct mark at, const char **ret)
{
	struct expansion x = { v, at };
	const struct vars_set set = { look_up, unknown, &x, LITHOS_ARG_MAX };
	const int rc = vars_substitute(&set, text, v->a, ret);

	if (rc != -E2BIG)
		return rc;
	finding_error(v->f, at, "with its variables put in this is longer than %d bytes", LITHOS_ARG_MAX);
	*ret = "";
	return 0;
}

bool vars_is_unclosed(const char *text)
{
	while ((text = strstr(text, "@{"))) {
		text = strchr(text, '}');
		if (!text)
			return true;
	}
	return false;
}

/* ---- what a value may be ---- */

#define CONTROL "the value holds a newline or another control character"

/* A tab is the only control character that has ever been of use in an argument. */
static bool holds_control(const char *text)
{
	size_t n;

	for (; *text; text += n) {
		n = *text == '\t' ? 1 : text_printable((const unsigned char *)text);
		if (n == 0)
			return true;
	}
	return false;
}

int vars_parse_port(const char *text, uint16_t *ret, struct err *e)
{
	uint64_t n;

	if (number_parse_decimal(text, UINT16_MAX, &n) < 0 || n == 0)
		return err_set(e, -EINVAL, "a port is a number from 1 to 65535");
	*ret = (uint16_t)n;
	return 0;
}

/* One declared variable and the value that the process gives. */
struct claim {
	const struct vars *v;
	const struct lithos_variable *declared;
	const char *value;
};

static int check_port(const struct claim *c, struct err *e)
{
	const struct lithos_sandbox *s = c->v->sandbox;
	uint16_t port;

	if (vars_parse_port(c->value, &port, e) < 0)
		return err_ctx(e, "invalid TcpPort \"%s\"", c->value);
	if (!s->bridged_network && !allow_port(s, port))
		return err_set(e, -EINVAL, "TcpPort %u is not in allowed range", port);
	return 0;
}

static int check_name(const struct claim *c, struct err *e)
{
	if (!*c->value)
		return err_set(e, -EINVAL, "a Name is not empty");
	if (strspn(c->value, ALNUM "-_") != strlen(c->value))
		return err_set(e, -EINVAL, "Name \"%s\" holds other than letters, digits, - and _", c->value);
	return 0;
}

static int check_component(const char *part, size_t len, const char *name, struct err *e)
{
	const char *fault = len == 0 ? "is empty" :
			    part[0] == '-' ? "begins with -" :
			    part[len - 1] == '-' ? "ends with -" :
			    strspn(part, ALNUM "-_") < len ? "holds other than letters, digits, - and _" : NULL;

	return fault ? err_set(e, -EINVAL, "Component \"%.*s\" from name \"%s\" %s", (int)len, part, name, fault) : 0;
}

static int check_dotted_name(const struct claim *c, struct err *e)
{
	const char *part = c->value;

	for (;;) {
		const size_t len = strcspn(part, ".");

		if (check_component(part, len, c->value, e) < 0)
			return e->code;
		if (!part[len])
			return 0;
		part += len + 1;
	}
}

/* `"a", "b"`, in a; NULL when a is full. */
static const char *list_choices(const struct lithos_variable *d, struct arena *a)
{
	size_t size = 1;
	char *out, *at;

	for (size_t i = 0; i < d->n_choices; i++)
		size += strlen(d->choices[i]) + 4;
	out = at = arena_alloc(a, size);
	for (size_t i = 0; out && i < d->n_choices; i++) {
		const size_t len = strlen(d->choices[i]);

		at = mempcpy(at, ", \"", 3);
		at = mempcpy(at, d->choices[i], len);
		*at++ = '"';
	}
	return out && d->n_choices > 0 ? out + 2 : out;
}

static int check_choice(const struct claim *c, struct err *e)
{
	const char *list;

	if (holds_control(c->value))
		return err_set(e, -EINVAL, CONTROL);
	for (size_t i = 0; i < c->declared->n_choices; i++)
		if (strcmp(c->declared->choices[i], c->value) == 0)
			return 0;
	list = list_choices(c->declared, c->v->a);
	return err_set(e, -EINVAL, "variable value \"%s\" is not one of [%s]", c->value, list ? list : "…");
}

static int (*const judges[])(const struct claim *c, struct err *e) = {
	[LITHOS_TCP_PORT] = check_port,
	[LITHOS_NAME] = check_name,
	[LITHOS_DOTTED_NAME] = check_dotted_name,
	[LITHOS_CHOICE] = check_choice,
};

static struct mark mark_given(const struct vars *v, const char *name)
{
	return yaml_mark(v->process->doc, v->process->name, "variables", name, NULL);
}

static void check_declared(const struct vars *v, const struct lithos_variable *d)
{
	const char *value = vars_given(v, d->name);
	struct err why = { 0 };

	if (!value)
		finding_error(v->f, yaml_mark(v->container->doc, "variables", d->name, NULL), "Variable \"%s\" is undefined",
			      d->name);
	else if (judges[d->type](&(struct claim){ v, d, value }, &why) < 0)
		finding_error(v->f, mark_given(v, d->name), "Variable \"%s\" is invalid: %s", d->name, why.text);
}

/* Of a variable that has no type. */
static void check_value(const struct vars *v, const struct lithos_pair *given)
{
	if (holds_control(given->value) && !is_declared(v, given->key, strlen(given->key)))
		finding_error(v->f, mark_given(v, given->key), "Variable \"%s\" is invalid: " CONTROL, given->key);
}

void vars_check(const struct vars *v)
{
	for (size_t i = 0; i < v->process->n_variables; i++)
		check_value(v, &v->process->variables[i]);
	for (size_t i = 0; i < v->container->n_variables; i++)
		check_declared(v, &v->container->variables[i]);
}

void vars_check_undeclared(const struct vars *v)
{
	const struct lithos_process *p = v->process;

	for (size_t i = 0; i < p->n_variables; i++) {
		const char *name = p->variables[i].key;

		if (is_declared(v, name, strlen(name)))
			continue;
		finding_warning(v->f, mark_given(v, name), "variable \"%s\" is not declared by %s%s", name, p->config,
				v->used[i] ? "" : ", and nothing uses it");
	}
}
