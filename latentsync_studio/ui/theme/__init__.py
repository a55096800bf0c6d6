"""Colors and styles: a dark neutral theme and a light one, so that the picture is seen true."""
