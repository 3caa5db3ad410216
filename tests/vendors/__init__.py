"""Fake vendors for tests and campaigns, written from the vendors' documents alone.

Nothing here may import reelway: a mistake in a wire must not hide behind the same mistake in the
fake that it is tried against (test_apart holds that).

    vendor = Novita(speed=60)                       a vendor's minute passes in a second
    async with vendor: vendor.address               in this loop
    with running(vendor): vendor.address            in a thread with a loop of its own
    PYTHONPATH=tests python -m vendors novita:8101 mulerouter:8102 --speed 20      a process

    vendor.fault("cut_after", create=2)                 the second create: job made, answer lost
    vendor.ledger.jobs_made("fox 17"), .charged         what the vendor knows, whatever we believe

    plain     HTTP/1.1 by hand: an answer can be cut, dripped, said twice
    clock     the vendor's time: faster than ours, or still until it is moved
    faults    what goes wrong, when, to whom
    desk      where calls come in: faults, key, body, money, job
    job       what was ordered and what became of it
    ledger    everything that reached the vendor, in order; jobs and money
    checks    reading a body as strictly as the documents say
    pictures  what comes along as URL or base64
    films     real MP4 files of the length, size and sound that were ordered
    store     the films' addresses, with their ways to fail
    hooks     telling the customer, rightly or falsely
    control   /_jobs /_ledger /_sums /_faults /_state /_time /_release /_webhooks
    vendor    one vendor and its terms; novita, myrouter, mulerouter, aihubmax are its documents
    line      between customer and vendor: silence, cuts, TLS that fails
    running   in a thread; addresses where nobody listens, and with a certificate nobody trusts
"""
