using System.CommandLine;
using System.Text.Json;
using UserNet.Bench.Benchmarks;
using UserNet.Bench.Faces;
using UserNet.Bench.Lab;
using UserNet.Bench.Ports;
using UserNet.Bench.Tcp;
using UserNet.Bench.Wire;

var root = new RootCommand("Benchmarks of UserNet.") { PortsCommand.Create(), WireCommand.Create(), TcpCommand.Create(), FacesCommand.Create(), LabCommand.Create(), BenchmarkDotNetCommand.Create() };
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (InvalidOperationException e)
{
    Console.Error.WriteLine(e);
    return 1;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
{
    Console.Error.WriteLine(e.Message);      // a file that can't be read or written
    return 1;
}
