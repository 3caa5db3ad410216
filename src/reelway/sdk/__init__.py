"""What the Python SDK is made of; the names to use are in `reelway.client`.

errors      what can go wrong, as one tree
values      what the server tells: tasks, films, assets, voices, elements
place       where the server is, and the key for it
way         HTTP by httpx, blocking or not, behind one contract
pictures    files, bytes, addresses and ids → what a body carries
saving      a film to a file: checked, resumed
calls       calls that are sent again where that helps; lists, page by page
webhooks    for who is told: whether it was this server that told
core        every operation, once
"""
