using System.Globalization;
using System.Security;
using System.Text;

namespace UserNet.Bench.Ports;

/// <summary>Draws ns against occupancy as an SVG picture, for light and dark pages.</summary>
internal sealed class PortsPlot
{
    private const double Width = 840, Height = 560, Left = 104, Right = 626, Top = 62, Bottom = 452;

    private const string Style = """
        <style>
        text { font-family: system-ui, "Segoe UI", "DejaVu Sans", Helvetica, Arial, sans-serif; font-size: 14px; fill: #1f2328 }
        .title { font-size: 18px; font-weight: 600 }
        .soft { font-size: 12px; fill: #59636e }
        .page { fill: #ffffff }
        .grid { stroke: #d8dee4; stroke-width: 1 }
        .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round }
        .c0 { stroke: #c2410c } .c1 { stroke: #b7791f } .c2 { stroke: #7c3aed } .c3 { stroke: #0b7285 } .c4 { stroke: #1d6fd8 }
        .f0 { fill: #c2410c } .f1 { fill: #b7791f } .f2 { fill: #7c3aed } .f3 { fill: #0b7285 } .f4 { fill: #1d6fd8 }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        .soft { fill: #9198a1 }
        .page { fill: #0d1117 }
        .grid { stroke: #30363d }
        .c0 { stroke: #ff8a5b } .c1 { stroke: #e3b341 } .c2 { stroke: #b794f6 } .c3 { stroke: #3fd0c9 } .c4 { stroke: #6cb0ff }
        .f0 { fill: #ff8a5b } .f1 { fill: #e3b341 } .f2 { fill: #b794f6 } .f3 { fill: #3fd0c9 } .f4 { fill: #6cb0ff }
        }
        </style>
        """;

    private readonly StringBuilder _svg = new();
    private readonly PortsReport _report;
    private readonly List<Line> _lines = [];
    private readonly int _lowest, _highest;      // decades

    private PortsPlot(PortsReport report)
    {
        _report = report;
        AddLine("Linux TCP, natural fill", 0, "TCP", Fill.Natural, static row => row.LinuxWhole?.Nanoseconds);
        AddLine("Linux TCP, random fill", 1, "TCP", Fill.Random, static row => row.LinuxWhole?.Nanoseconds);
        AddLine("Linux UDP, random fill", 2, "UDP", Fill.Random, static row => row.LinuxWhole?.Nanoseconds);
        AddLine("UserNet TCP, natural fill", 3, "TCP", Fill.Natural, static row => row.Whole?.Nanoseconds);
        AddLine("UserNet's engine alone", 4, "TCP", Fill.Natural, static row => row.Engine.Nanoseconds);
        double[] all = [.. _lines.SelectMany(static line => line.Nanoseconds)];
        _lowest = (int)Math.Floor(Math.Log10(all.Min()));
        _highest = (int)Math.Ceiling(Math.Log10(all.Max()));
    }

    public static string Draw(PortsReport report)
    {
        var plot = new PortsPlot(report);
        plot.DrawFrame();
        plot.DrawLines();
        return plot._svg.Append("</svg>\n").ToString();
    }

    private void AddLine(string name, int colour, string protocol, Fill fill, Func<PortRow, double?> of)
    {
        double[] values =
        [
            .. from row in _report.Rows
               where row.Table == "Main" && row.Protocol == protocol && row.Fill == fill.ToString() && !row.IsExhausted
               orderby row.Occupancy
               let value = of(row)
               where value is not null
               select value.Value,
        ];
        if (values.Length == Scenario.Occupancies.Count) _lines.Add(new Line(name, colour, values));
    }

    private void DrawFrame()
    {
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\">");
        Add($"<title>Time of a bind to port 0 against how full the range is</title>");
        _svg.Append(Style).Append('\n');
        Add($"<rect class=\"page\" width=\"{Width}\" height=\"{Height}\" rx=\"8\"/>");
        Text(24, 32, "Bind to port 0: time against how full the range is", "title");
        for (int decade = _lowest; decade <= _highest; decade++)
        {
            double y = Y(Math.Pow(10, decade));
            Add($"<line class=\"grid\" x1=\"{Left}\" y1=\"{y}\" x2=\"{Right}\" y2=\"{y}\"/>");
            Text(Left - 10, y + 5, DecadeName(decade), "", "end");
        }

        for (int i = 0; i < Scenario.Occupancies.Count; i++)
        {
            Add($"<line class=\"grid\" x1=\"{X(i)}\" y1=\"{Top}\" x2=\"{X(i)}\" y2=\"{Bottom}\"/>");
            Text(X(i), Bottom + 22, string.Create(CultureInfo.InvariantCulture, $"{Scenario.Occupancies[i]} %"), "", "middle");
        }

        double middle = (Top + Bottom) / 2;
        Add($"<text x=\"28\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 28 {middle})\">time of one operation</text>");
        Text((Left + Right) / 2, Bottom + 46, "share of the ephemeral ports that are held", "", "middle");
        string kind = _report.IsQuick ? "quick run" : "full run";
        Text(24, Height - 34, "Create, bind and close a socket, but for the engine: bind and release. Medians, logarithmic scale.", "soft");
        Text(24, Height - 15, $"{_report.Machine.Processor}, {_report.Machine.Cores} cores; {_report.Machine.Kernel}; "
            + $"{_report.Machine.Runtime}; commit {_report.Machine.Commit}; {_report.Machine.Date[..10]}, {kind}", "soft");
    }

    private void DrawLines()
    {
        double labelY = double.NegativeInfinity;
        foreach (Line line in _lines.OrderByDescending(static line => line.Nanoseconds[^1]))
        {
            string points = string.Join(' ', line.Nanoseconds.Select((value, i) => string.Create(CultureInfo.InvariantCulture, $"{X(i):0.#},{Y(value):0.#}")));
            Add($"<polyline class=\"line c{line.Colour}\" points=\"{points}\"/>");
            for (int i = 0; i < line.Nanoseconds.Length; i++)
                Add($"<circle class=\"f{line.Colour}\" cx=\"{X(i):0.#}\" cy=\"{Y(line.Nanoseconds[i]):0.#}\" r=\"4\"/>");

            // The legend stands where the lines end, in their order; a thin line leads over where two ends are too close.
            double end = Y(line.Nanoseconds[^1]);
            labelY = Math.Max(end, labelY + 44);
            Add($"<path class=\"line c{line.Colour}\" style=\"stroke-width:1\" d=\"M{X(line.Nanoseconds.Length - 1) + 7:0.#} {end:0.#}L{Right + 14} {labelY:0.#}\"/>");
            Text(Right + 20, labelY + 1, line.Name, $"f{line.Colour}");
            Text(Right + 20, labelY + 17, $"{Time(line.Nanoseconds[0])} to {Time(line.Nanoseconds[^1])}", "soft");
        }
    }

    private static double X(int category) =>
        Left + 26 + category * (Right - Left - 52) / (Scenario.Occupancies.Count - 1);

    private double Y(double nanoseconds) =>
        Bottom - (Math.Log10(nanoseconds) - _lowest) / (_highest - _lowest) * (Bottom - Top);

    private static string DecadeName(int decade) => Time(Math.Pow(10, decade));

    private static string Time(double nanoseconds) => nanoseconds switch
    {
        < 999.5 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0} ns"),
        >= 99_950 and < 999_500 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0} µs"),
        < 999_500 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0.#} µs"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.#} ms"),
    };

    private void Text(double x, double y, string text, string kind, string anchor = "start")
    {
        string escaped = SecurityElement.Escape(text);
        Add($"<text class=\"{kind}\" x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{escaped}</text>");
    }

    private void Add(FormattableString element) =>
        _svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private sealed record Line(string Name, int Colour, double[] Nanoseconds);
}
