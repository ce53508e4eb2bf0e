using System.CommandLine;
using UserNet.Bench.Benchmarks;
using UserNet.Bench.Ports;

var root = new RootCommand("Benchmarks of UserNet.") { PortsCommand.Create(), BenchmarkDotNetCommand.Create() };
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (InvalidOperationException e)
{
    Console.Error.WriteLine(e);
    return 1;
}
