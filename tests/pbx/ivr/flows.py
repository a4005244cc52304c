"""Menus as a hospital has them, for tests."""

from __future__ import annotations

HOSPITAL = """
[[schedules]]
id = "opd"
name = { zh = "门诊", en = "Outpatients" }
hours = { workday = ["08:00-12:00", "13:30-17:30"], restday = ["08:00-12:00"] }

[[flows]]
id = "main"
name = { zh = "总机", en = "Main" }
number = "8200"
operator = "8001"
on_timeout = "@operator"

[[flows.nodes]]
id = "welcome"
kind = "language"
prompt = { zh = "中文请按1", en = "For English press 2" }
keys = { "1" = "zh", "2" = "en" }
next = "hours"

[[flows.nodes]]
id = "hours"
kind = "time"
schedule = "opd"
work = "menu"
off = "closed"
holiday = "holiday"

[[flows.nodes]]
id = "menu"
kind = "menu"
prompt = { zh = "挂号请按1", en = "Press 1 to register" }
keys = { "1" = "rooms", "2" = "ask", "3" = "mail", "4" = "@again", "40" = "order", "#" = "@again" }
extensions = true

[[flows.nodes]]
id = "rooms"
kind = "menu"
prompt = { zh = "内科请按1", en = "Press 1 for medicine" }
keys = { "1" = "medicine" }
on_wrong = "@back"
retries = 1

[[flows.nodes]]
id = "medicine"
kind = "transfer"
to = "8002"
on_busy = "menu"
on_fail = "closed"

[[flows.nodes]]
id = "ask"
kind = "collect"
prompt = { zh = "请输入门诊号", en = "Enter your number" }
into = "patient"
min = 4
max = 6
confirm = true
next = "told"
on_fail = "closed"

[[flows.nodes]]
id = "told"
kind = "play"
prompt = { zh = "您的号码是{patient:digits}", en = "Your number is {patient:digits}" }
next = "menu"

[[flows.nodes]]
id = "order"
kind = "collect"
prompt = { zh = "请输入密码", en = "Enter your PIN" }
into = "pin"
min = 4
max = 4
secret = true
next = "check"

[[flows.nodes]]
id = "check"
kind = "branch"
variable = "pin"
cases = { "1234" = "told" }
otherwise = "closed"

[[flows.nodes]]
id = "mail"
kind = "record"
tell = []
next = "closed"

[[flows.nodes]]
id = "closed"
kind = "hangup"
prompt = { zh = "再见", en = "Good-bye" }

[[flows.nodes]]
id = "holiday"
kind = "hangup"
prompt = { zh = "节日快乐", en = "Happy holiday" }
"""

LOOKED_UP = """
[[flows]]
id = "main"
name = { zh = "查询", en = "Order" }
operator = "8001"
[[flows.nodes]]
id = "look"
kind = "http"
url = "https://lis.hospital.example/orders/{{ caller }}"
fields = { status = "data.status" }
next = "say"
on_none = "unknown"
on_fail = "sorry"
[[flows.nodes]]
id = "say"
kind = "hangup"
prompt = { zh = "状态：{status}", en = "Status: {status}" }
[[flows.nodes]]
id = "unknown"
kind = "hangup"
prompt = { zh = "没有", en = "None" }
[[flows.nodes]]
id = "sorry"
kind = "hangup"
prompt = { zh = "抱歉", en = "Sorry" }
"""

NESTED = """
[[flows]]
id = "main"
name = { zh = "a", en = "a" }
on_timeout = "@end"
[[flows.nodes]]
id = "top"
kind = "menu"
prompt = { zh = "主菜单", en = "Top" }
keys = { "1" = "away" }
[[flows.nodes]]
id = "away"
kind = "flow"
flow = "other"
next = "after"
[[flows.nodes]]
id = "after"
kind = "set"
variable = "seen"
value = "{caller}!"
next = "tell"
[[flows.nodes]]
id = "tell"
kind = "hangup"
prompt = { zh = "{seen}", en = "{seen}" }
[[flows]]
id = "other"
name = { zh = "b", en = "b" }
based_on = "third"
[[flows]]
id = "third"
name = { zh = "c", en = "c" }
on_timeout = "@return"
[[flows.nodes]]
id = "inside"
kind = "menu"
prompt = { zh = "子菜单", en = "Inside" }
keys = { "9" = "@return" }
"""
