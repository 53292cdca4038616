"""What nobody published and the demonstration needs: invented, deterministic, marked 演示数据.

Everything here is a pure function of the seed and of keys, so that the same demo comes out on every machine and
adding one village does not change another.
"""
