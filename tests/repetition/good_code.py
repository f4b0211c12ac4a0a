"""Good texts that repeat by nature: boilerplate and markup."""

from __future__ import annotations

import random

from .words import ADJECTIVES, NAMES, NOUNS, PLACES, VERBS, makers_of


def getters(luck: random.Random) -> str:
    parts = [f"public class {luck.choice(NOUNS).title()} {{\n"]
    for noun in luck.sample(NOUNS, luck.randrange(7, 14)):
        kind, title = luck.choice(["int", "String", "boolean"]), noun.title()
        parts.append(
            f"    public {kind} get{title}() {{\n        return this.{noun};\n    }}\n\n"
            f"    public void set{title}({kind} {noun}) {{\n        this.{noun} = {noun};\n    }}\n"
        )
    return "```java\n" + "\n".join(parts) + "}\n```"


def python_properties(luck: random.Random) -> str:
    parts = [
        f'    @property\n    def {noun}(self) -> int:\n        """The {noun}."""\n        return self._{noun}\n'
        for noun in luck.sample(NOUNS, luck.randrange(8, 20))
    ]
    return "```python\nclass Thing:\n" + "\n".join(parts) + "```"


def assignments(luck: random.Random) -> str:
    nouns = luck.sample(NOUNS, 20)
    return f"def __init__(self, {', '.join(nouns)}):\n" + "".join(f"    self.{noun} = {noun}\n" for noun in nouns)


def unit_tests(luck: random.Random) -> str:
    name = luck.choice(VERBS)
    parts = []
    for n in range(luck.randrange(10, 20)):
        a, b = luck.randrange(100), luck.randrange(100)
        parts.append(
            f"def test_{name}_{n}():\n    result = {name}({a}, {b})\n    assert result == {a + b}\n    assert result is not None\n"
        )
    return "\n\n".join(parts)


def asserts(luck: random.Random) -> str:
    name = luck.choice(NOUNS)
    return "\n".join(
        f"    self.assertEqual({name}({n}), {luck.randrange(1000)})" for n in range(luck.randrange(25, 50))
    )


def switch(luck: random.Random) -> str:
    parts = [f"    case '{noun}':\n      return {luck.randrange(100)};\n" for noun in luck.sample(NOUNS, 22)]
    return "switch (kind) {\n" + "".join(parts) + "    default:\n      return null;\n}"


def if_chain(luck: random.Random) -> str:
    lines = ["if x == 0:\n    return 'zero'"]
    lines += [f"elif x == {n}:\n    return '{luck.choice(NOUNS)}'" for n in range(1, luck.randrange(18, 40))]
    return "\n".join(lines)


def enum(luck: random.Random) -> str:
    return "\n".join(
        f"#define {noun.upper()}_{luck.choice(ADJECTIVES).upper()} 0x{1 << n:08x}"
        for n, noun in enumerate(luck.sample(NOUNS, 30))
    )


def imports(luck: random.Random) -> str:
    lines = [f"import {{ {noun.title()} }} from './components/{noun}';" for noun in luck.sample(NOUNS, 30)]
    return "\n".join(lines)


def sql_inserts(luck: random.Random) -> str:
    table = luck.choice(NOUNS)
    lines = [
        f"INSERT INTO {table} (id, name, city, amount) VALUES ({n}, '{luck.choice(NAMES)}', '{luck.choice(PLACES)}', {luck.randrange(999)});"
        for n in range(1, luck.randrange(15, 40))
    ]
    return "```sql\n" + "\n".join(lines) + "\n```"


def sql_inserts_of_pairs(luck: random.Random) -> str:
    lines = [
        f"INSERT INTO user_roles (user_id, role_id) VALUES ({n}, {luck.randrange(1, 5)});"
        for n in range(1, luck.randrange(20, 45))
    ]
    return "```sql\n" + "\n".join(lines) + "\n```"


def sql_tables(luck: random.Random) -> str:
    parts = []
    for noun in luck.sample(NOUNS, 8):
        parts.append(
            f"CREATE TABLE {noun} (\n    id SERIAL PRIMARY KEY,\n    name VARCHAR(255) NOT NULL,\n    {luck.choice(NOUNS)}_id INTEGER,\n"
            "    created_at TIMESTAMP NOT NULL DEFAULT now(),\n    updated_at TIMESTAMP NOT NULL DEFAULT now()\n);\n"
        )
    return "\n".join(parts)


def yaml_services(luck: random.Random) -> str:
    parts = ["services:"]
    for n, noun in enumerate(luck.sample(NOUNS, luck.randrange(7, 12))):
        parts.append(
            f'  {noun}:\n    image: registry.example/{noun}:latest\n    restart: always\n    ports:\n      - "{8000 + n}:80"\n'
            f"    environment:\n      - LOG_LEVEL=info\n      - NAME={noun}\n    networks:\n      - backend"
        )
    return "\n".join(parts)


def kubernetes(luck: random.Random) -> str:
    parts = [
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {noun}\n  namespace: default\n  labels:\n    app: {noun}\nspec:\n"
        f"  selector:\n    app: {noun}\n  ports:\n    - protocol: TCP\n      port: {luck.randrange(80, 9000)}\n      targetPort: 8080\n"
        for noun in luck.sample(NOUNS, luck.randrange(5, 9))
    ]
    return "---\n".join(parts)


CODE = makers_of(__name__)
