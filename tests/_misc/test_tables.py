from hypermaml._misc.tables import csv_text


def test_a_table_is_a_line_a_row_and_quotes_what_needs_it():
    assert csv_text(("a", "b"), [(1, "x,y"), (0.5, "")]) == 'a,b\n1,"x,y"\n0.5,\n'
